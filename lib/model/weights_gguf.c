#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/weight_form.h"
#include "model/weight_id.h"
#include "model/weights.h"

static const struct jk_tensor *
find_in_gguf(const struct jk_model *m, struct jk_weight_id id)
{
	const struct jk_tensor *t;
	char stored[JK_WEIGHT_NAME_BYTES];

	jk_weight_gguf_name(&m->config, id, stored);
	t = jk_gguf_tensor(&m->gguf, stored);
	/* Ollama's files of LFM2 have it by the name that others have */
	return !t && id.module == JK_MODULE_NORM && !id.is_bias ?
	    jk_gguf_tensor(&m->gguf, "output_norm.weight") : t;
}

/*
 * Whole rows move, and whole heads of columns, so that quantized blocks stay as
 * they are; where a block has columns of two heads, as floats.
 */
static bool
put_back(struct jk_model *m, struct jk_tensor *t, enum jk_module module)
{
	const size_t n_rows = (size_t)t->shape[0];
	const char *in;
	char *out;

	if (jk_weight_order(&m->config, module) == JK_ORDER_COLUMNS &&
	    m->config.linear.value_dim % jk_dtype_block(t->dtype) &&
	    !jk_weight_floats(m, t))
		return false;
	in = t->data;
	out = jk_weight_own(m, t, t->size_bytes);
	if (!out)
		return false;
	jk_weight_from_gguf_order(&m->config, module, in, out, n_rows,
	    t->size_bytes / n_rows);
	return true;
}

static bool
turn_back(struct jk_model *m, struct jk_tensor *t, enum jk_module module)
{
	float *out = jk_weight_floats(m, t);
	size_t i;

	for (i = 0; out && i < t->shape[0]; i++)
		out[i] = jk_weight_from_gguf(&m->config, module, out[i]);
	return out != NULL;
}

struct known {
	const struct jk_model *m;
	bool *is;		/* [gguf's tensors] */
};

static int
mark_known(void *ctx, struct jk_weight_id id, const char *name,
    unsigned n_dims, const uint64_t *shape)
{
	const struct known *k = ctx;

	(void)name, (void)n_dims, (void)shape;
	k->is[find_in_gguf(k->m, id) - k->m->gguf.tensors] = true;
	return 0;
}

/*
 * Whether a tensor is of a layer behind the decoder's, which predicts tokens
 * further on (nextn_predict_layers).
 */
static bool
is_behind(const struct jk_config *c, const char *name)
{
	unsigned layer;

	return c->family->has_linear && sscanf(name, "blk.%u.", &layer) == 1 &&
	    layer >= c->n_layers;
}

/* Whether it is what the configuration was read from. */
static bool
is_of_rope(const struct jk_config *c, const char *name)
{
	return strcmp(name, "rope_freqs.weight") == 0 ||
	    (c->family->has_longrope &&
	    (strcmp(name, "rope_factors_short.weight") == 0 ||
	    strcmp(name, "rope_factors_long.weight") == 0));
}

/* Every tensor of the file must have been asked for. */
static int
refuse_unknown(const struct jk_model *m, struct jk_err *err)
{
	const struct jk_gguf *g = &m->gguf;
	struct known known = { m, calloc(g->n_tensors + 1,
		sizeof *known.is) };
	size_t i;

	if (!known.is)
		return jk_fail_nomem(err);
	jk_weights_each(&m->config, mark_known, &known);
	for (i = 0; i < g->n_tensors; i++)
		if (!known.is[i] &&
		    !is_of_rope(&m->config, g->tensors[i].name) &&
		    !is_behind(&m->config, g->tensors[i].name) &&
		    !jk_weight_is_spare(&m->config, g->tensors[i].name))
			break;
	free(known.is);
	return i == g->n_tensors ? 0 : jk_fail(err, JK_EDATA, "tensor %s is "
	    "not part of the architecture %s", g->tensors[i].name,
	    m->config.family->model_type);
}

int
jk_weights_from_gguf(struct jk_model *m, struct jk_err *err)
{
	size_t i;

	if (jk_weights_fill(m, find_in_gguf, err) < 0 ||
	    refuse_unknown(m, err) < 0)
		return -1;
	for (i = 0; i < m->n_tensors; i++) {
		struct jk_tensor *t = &m->tensors[i];
		struct jk_weight_id id;
		bool done = true;

		if (!jk_weight_parse(&m->config, t->name, &id))
			continue;
		if (jk_weight_is_recoded(&m->config, id.module))
			done = turn_back(m, t, id.module);
		if (done && jk_weight_order(&m->config, id.module) !=
		    JK_ORDER_SAME)
			done = put_back(m, t, id.module);
		if (!done)
			return jk_fail_nomem(err);
	}
	return jk_weights_align(m, err);
}
