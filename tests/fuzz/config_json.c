/*
 * config.json, and behind a NUL byte generation_config.json.  What was taken
 * is sound, and so is what is written of it.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/config.h"
#include "model/config_write.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* What the decoder divides by, indexes with and allocates. */
static void
check(const struct jk_config *c)
{
	uint32_t i;

	if (!c->family || !c->n_layers || c->n_layers > JK_MAX_LAYERS ||
	    !c->hidden_size || !c->intermediate_size || !c->vocab_size ||
	    !c->n_heads || !c->n_kv_heads || c->n_heads % c->n_kv_heads ||
	    !c->head_dim || c->head_dim % 2 || c->head_dim > JK_MAX_HEAD_DIM ||
	    c->n_end_ids > JK_MAX_END_IDS)
		abort();
	if (!(c->rms_norm_eps >= 0) || !isfinite(c->embedding_scale) ||
	    !isfinite(c->attention_scale) || !(c->rope_theta >= 1) ||
	    !(c->residual_scale > 0) || !(c->logits_scale > 0) ||
	    !(c->scores_cap >= 0) || !(c->logits_cap >= 0))
		abort();
	for (i = 0; i < c->n_layers; i++)
		if ((unsigned)c->layer_kinds[i] >= JK_N_LAYER_KINDS ||
		    (c->layer_kinds[i] == JK_LAYER_SLIDING_ATTENTION &&
		    !c->sliding_window) ||
		    (c->layer_kinds[i] == JK_LAYER_SHORT_CONV &&
		    (c->conv_kernel < 2 ||
		    c->conv_kernel > JK_MAX_CONV_KERNEL)))
			abort();
	for (i = 0; i < c->rotary_dim / 2; i++)
		if (!(c->rope_factors[i] > 0) || !isfinite(c->rope_factors[i]))
			abort();
}

static void
write_again(const struct jk_config *c)
{
	struct jk_config back;
	struct jk_err err;
	json_t *v = jk_config_to_json(c, "float32", &err);
	json_t *generation = jk_generation_config(c);

	if (!generation)
		abort();
	/* made for what GGUF says, so that it may be refused */
	if (v && jk_config_from_json(&back, v, generation, &err) == 0) {
		check(&back);
		if (back.family != jk_family_written(c->family) ||
		    back.n_layers != c->n_layers ||
		    back.hidden_size != c->hidden_size ||
		    back.head_dim != c->head_dim ||
		    back.intermediate_size != c->intermediate_size ||
		    back.n_kv_heads != c->n_kv_heads ||
		    back.vocab_size != c->vocab_size)
			abort();
	}
	json_decref(v);
	json_decref(generation);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	const unsigned char *end = memchr(data, '\0', n);
	size_t n_config = end ? (size_t)(end - data) : n;
	struct jk_config c;
	struct jk_err err;
	json_t *v = jk_json_parse((const char *)data, n_config, &err);
	json_t *generation = end ? jk_json_parse((const char *)end + 1,
	    n - n_config - 1, &err) : NULL;

	if (v && jk_config_from_json(&c, v, generation, &err) == 0) {
		check(&c);
		write_again(&c);
	}
	memset(&c, 0, sizeof c);
	if (v && jk_config_ids_from_json(&c, jk_config_text_part(v),
	    generation, &err) == 0 && c.n_end_ids > JK_MAX_END_IDS)
		abort();
	json_decref(v);
	json_decref(generation);
	return 0;
}
