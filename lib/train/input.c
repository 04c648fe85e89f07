#include "train/input.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "tok/shard_read.h"

static int
add(struct jk_dataset *d, const struct jk_shard_record *r, bool **mask,
    size_t *cap, struct jk_err *err)
{
	uint32_t i, k;

	if (*cap < r->n_tokens) {
		free(*mask);
		*cap = 2 * (size_t)r->n_tokens;
		*mask = malloc(*cap * sizeof **mask);
		if (!*mask) {
			*cap = 0;
			return jk_fail_nomem(err);
		}
	}
	for (i = 0; i < r->n_tokens; i++)
		(*mask)[i] = false;
	for (k = 0; k < r->n_runs; k++)
		for (i = r->runs[k].begin; i < r->runs[k].end; i++)
			(*mask)[i] = true;
	if (jk_dataset_add(d, r->id, r->ids, *mask, r->n_tokens, r->n_prompt,
	    err) < 0)
		return -1;
	jk_dataset_weigh(d, r->weight);
	return 0;
}

static void
note_template(struct jk_dataset *d, const struct jk_shard_reader *r)
{
	d->template = json_incref(json_object_get(r->header.json, "template"));
	d->mixed_templates = r->mixed;
}

int
jk_dataset_read(struct jk_dataset *d, const char *path, const char *name,
    struct jk_hash128 tokenizer, json_t **header, struct jk_err *err)
{
	struct jk_shard_reader reader;
	struct jk_shard_record record;
	struct jk_in in;
	bool *mask = NULL;
	size_t cap = 0;
	int r;

	if (jk_in_open(&in, path, err) < 0)
		return -1;
	if (name)
		in.name = name;
	if (jk_shard_attach(&reader, &in, err) < 0)
		return -1;
	r = jk_shard_require(&reader, tokenizer, err);
	if (r == 0)
		while ((r = jk_shard_read(&reader, &record, err)) > 0)
			if (add(d, &record, &mask, &cap, err) < 0) {
				r = -1;
				break;
			}
	if (r == 0 && d->n == 0)
		r = jk_fail(err, JK_EDATA, "%s: no records", reader.in.name);
	if (r == 0)
		note_template(d, &reader);
	if (r == 0 && header)
		*header = json_incref(reader.header.json);
	free(mask);
	jk_shard_close(&reader);
	return r;
}

int
jk_hash_file(const char *path, char out[33], struct jk_err *err)
{
	struct jk_map m;

	if (jk_map_open(&m, path, err) < 0)
		return -1;
	jk_hash128_hex(jk_hash128(m.data, m.size_bytes), out);
	jk_map_close(&m);
	return 0;
}

/* What decides about the decoder besides its weights. */
static struct jk_hash128
hash_config(const struct jk_config *c)
{
	char s[512];
	uint8_t kinds[JK_MAX_LAYERS];
	uint32_t i;
	int n = snprintf(s, sizeof s, "%d %u %u %u %u %u %u %u %a %d %d %d %d "
	    "%d %d %a %a %u %a %a", (int)(c->family - jk_families),
	    c->hidden_size, c->intermediate_size, c->n_layers, c->n_heads, c->n_kv_heads,
	    c->head_dim, c->vocab_size, (double)c->rms_norm_eps,
	    (int)c->activation, c->tie_word_embeddings, c->qkv_bias,
	    c->qk_norm, c->norm_plus_one, c->post_norms,
	    (double)c->embedding_scale, (double)c->attention_scale,
	    c->sliding_window, c->rope_theta, c->rope_local_theta);

	/* what older runs do not have is left out of theirs */
	if (c->linear.n_v_heads)
		n += snprintf(s + n, sizeof s - (size_t)n, " %u %u %u %u %u "
		    "%u %d", c->rotary_dim, c->linear.n_k_heads,
		    c->linear.n_v_heads, c->linear.key_dim,
		    c->linear.value_dim, c->linear.kernel,
		    c->gated_attention);
	if (c->conv_kernel)
		n += snprintf(s + n, sizeof s - (size_t)n, " %u",
		    c->conv_kernel);
	if (c->family->has_multipliers)
		n += snprintf(s + n, sizeof s - (size_t)n, " %a %a",
		    (double)c->residual_scale, (double)c->logits_scale);
	if (c->scores_cap != 0 || c->logits_cap != 0)
		n += snprintf(s + n, sizeof s - (size_t)n, " %a %a",
		    (double)c->scores_cap, (double)c->logits_cap);
	if (c->rope_attention_factor != 1)
		n += snprintf(s + n, sizeof s - (size_t)n, " %a",
		    (double)c->rope_attention_factor);
	if (c->family->has_per_layer)
		n += snprintf(s + n, sizeof s - (size_t)n, " %u %u %u %u",
		    c->full_head_dim, c->n_shared_kv,
		    c->shared_intermediate_size, c->per_layer_size);
	for (i = 0; i < c->n_layers; i++)
		kinds[i] = (uint8_t)c->layer_kinds[i];
	struct jk_hash128 h[3] = {
		jk_hash128(s, (size_t)n),
		jk_hash128(kinds, c->n_layers),
		jk_hash128(c->rope_factors, c->rotary_dim / 2 *
		    sizeof *c->rope_factors) };

	return jk_hash128(h, sizeof h);
}

void
jk_hash_model(const struct jk_model *m, char out[33])
{
	struct jk_hash128 h[2] = { hash_config(&m->config), { 0, 0 } };
	size_t i;

	for (i = 0; i < m->n_tensors; i++) {
		h[1] = jk_hash128(m->tensors[i].data,
		    m->tensors[i].size_bytes);
		h[0] = jk_hash128(h, sizeof h);
	}
	jk_hash128_hex(h[0], out);
}
