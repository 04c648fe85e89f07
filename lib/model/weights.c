#include "model/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quant/decode.h"

enum { NAME_BYTES = JK_WEIGHT_NAME_BYTES };

int
jk_weights_each(const struct jk_config *c, int (*use)(void *ctx,
    const char *name, unsigned n_dims, const uint64_t *shape), void *ctx)
{
	uint64_t hidden = c->hidden_size, inner = c->intermediate_size;
	uint64_t q = (uint64_t)c->n_heads * c->head_dim;
	uint64_t kv = (uint64_t)c->n_kv_heads * c->head_dim;
	const struct {
		const char *name;
		uint64_t rows, columns;		/* columns 0: a vector */
		bool there;
	} parts[] = {
		{ "input_layernorm.weight", hidden, 0, true },
		{ "self_attn.q_proj.weight", q, hidden, true },
		{ "self_attn.q_proj.bias", q, 0, c->qkv_bias },
		{ "self_attn.k_proj.weight", kv, hidden, true },
		{ "self_attn.k_proj.bias", kv, 0, c->qkv_bias },
		{ "self_attn.v_proj.weight", kv, hidden, true },
		{ "self_attn.v_proj.bias", kv, 0, c->qkv_bias },
		{ "self_attn.q_norm.weight", c->head_dim, 0, c->qk_norm },
		{ "self_attn.k_norm.weight", c->head_dim, 0, c->qk_norm },
		{ "self_attn.o_proj.weight", hidden, q, true },
		{ "post_attention_layernorm.weight", hidden, 0, true },
		{ "pre_feedforward_layernorm.weight", hidden, 0,
		  c->post_norms },
		{ "mlp.gate_proj.weight", inner, hidden, true },
		{ "mlp.up_proj.weight", inner, hidden, true },
		{ "mlp.down_proj.weight", hidden, inner, true },
		{ "post_feedforward_layernorm.weight", hidden, 0,
		  c->post_norms },
	};
	uint64_t shape[2] = { c->vocab_size, hidden };
	char name[NAME_BYTES];
	size_t i;
	uint32_t layer;
	int r;

	if ((r = use(ctx, "model.embed_tokens.weight", 2, shape)))
		return r;
	for (layer = 0; layer < c->n_layers; layer++) {
		for (i = 0; i < sizeof parts / sizeof *parts; i++) {
			if (!parts[i].there)
				continue;
			snprintf(name, sizeof name, "model.layers.%u.%s",
			    layer, parts[i].name);
			shape[0] = parts[i].rows;
			shape[1] = parts[i].columns;
			if ((r = use(ctx, name, parts[i].columns ? 2 : 1,
			    shape)))
				return r;
		}
	}
	shape[0] = hidden;
	if ((r = use(ctx, "model.norm.weight", 1, shape)))
		return r;
	shape[0] = c->vocab_size;
	shape[1] = hidden;
	return c->tie_word_embeddings ? 0 :
	    use(ctx, "lm_head.weight", 2, shape);
}

/* --- the table */

struct table {
	struct jk_model *m;
	const struct jk_tensor *(*find)(const struct jk_model *m,
	    const char *name);
	char *name_at;
	struct jk_err *err;
};

static int
count_one(void *ctx, const char *name, unsigned n_dims,
    const uint64_t *shape)
{
	(void)name, (void)n_dims, (void)shape;
	++*(size_t *)ctx;
	return 0;
}

static int
add_one(void *ctx, const char *name, unsigned n_dims, const uint64_t *shape)
{
	struct table *t = ctx;
	struct jk_tensor *out = &t->m->tensors[t->m->n_tensors];
	const struct jk_tensor *in = t->find(t->m, name);
	unsigned i;
	bool same;

	if (!in)
		return jk_fail(t->err, JK_EDATA, "no tensor %s", name);
	same = in->n_dims == n_dims;
	for (i = 0; i < n_dims && same; i++)
		same = in->shape[i] == shape[i];
	if (!same)
		return jk_fail(t->err, JK_EDATA, "tensor %s: not of the shape "
		    "that the configuration gives it (%llu%s%.0llu)", name,
		    (unsigned long long)shape[0], n_dims > 1 ? " x " : "",
		    n_dims > 1 ? (unsigned long long)shape[1] : 0);
	if (in->dtype >= JK_N_WEIGHT_DTYPES ||
	    (n_dims == 1 && in->dtype > JK_BF16))
		return jk_fail(t->err, JK_EDATA, "tensor %s: unsupported type "
		    "%s", name, jk_dtype_name(in->dtype));
	*out = *in;
	out->name = strcpy(t->name_at, name);
	t->name_at += strlen(name) + 1;
	t->m->n_tensors++;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct jk_tensor *)a)->name,
	    ((const struct jk_tensor *)b)->name);
}

static int
fill_table(struct jk_model *m, const struct jk_tensor *(*find)(
    const struct jk_model *m, const char *name), struct jk_err *err)
{
	struct table t = { m, find, NULL, err };
	size_t n = 0;

	jk_weights_each(&m->config, count_one, &n);
	m->tensors = calloc(n, sizeof *m->tensors);
	m->names = t.name_at = malloc(n * NAME_BYTES);
	/* a tensor is copied at most once to be put right, once to align */
	m->copies = calloc(2 * n, sizeof *m->copies);
	if (!m->tensors || !m->names || !m->copies)
		return jk_fail_nomem(err);
	if (jk_weights_each(&m->config, add_one, &t) < 0)
		return -1;
	qsort(m->tensors, n, sizeof *m->tensors, by_name);
	return 0;
}

const struct jk_tensor *
jk_model_tensor(const struct jk_model *m, const char *name)
{
	struct jk_tensor want = { .name = name };

	return bsearch(&want, m->tensors, m->n_tensors, sizeof want, by_name);
}

/* Give a tensor memory of its own, of `size_bytes`; NULL without memory. */
static void *
own_copy(struct jk_model *m, struct jk_tensor *t, size_t size_bytes)
{
	void *p = malloc(size_bytes ? size_bytes : 1);

	if (!p)
		return NULL;
	m->copies[m->n_copies++] = p;
	t->data = p;
	t->size_bytes = size_bytes;
	return p;
}

/* Files may place tensors at any byte; the table's are aligned to 4. */
static int
align_tensors(struct jk_model *m, struct jk_err *err)
{
	size_t i;

	for (i = 0; i < m->n_tensors; i++) {
		struct jk_tensor *t = &m->tensors[i];
		const void *in = t->data;

		if ((uintptr_t)in % 4 == 0)
			continue;
		if (!own_copy(m, t, t->size_bytes))
			return jk_fail_nomem(err);
		memcpy((void *)(uintptr_t)t->data, in, t->size_bytes);
	}
	return 0;
}

/* --- safetensors */

static const struct jk_tensor *
find_in_safetensors(const struct jk_model *m, const char *name)
{
	const struct jk_tensor *t;
	size_t i;

	for (i = 0; i < m->n_files; i++)
		if ((t = jk_safetensors_find(&m->files[i], name)))
			return t;
	return NULL;
}

/*
 * A tensor of a decoder layer that the configuration does not know would
 * silently change the model.
 */
static int
refuse_unknown(const struct jk_model *m, struct jk_err *err)
{
	size_t i, j;

	for (i = 0; i < m->n_files; i++)
		for (j = 0; j < m->files[i].n_tensors; j++) {
			const char *name = m->files[i].tensors[j].name;

			if (strncmp(name, "model.layers.", 13) == 0 &&
			    !strstr(name, "rotary_emb.inv_freq") &&
			    !jk_model_tensor(m, name))
				return jk_fail(err, JK_EDATA, "tensor %s is "
				    "not part of the architecture %s", name,
				    jk_arch_name(m->config.arch));
		}
	return 0;
}

/*
 * A head of its own beside a configuration that says it is the embedding: where
 * the two differ the head counts, as in transformers (tie_weights, version 5).
 */
static void
untie_other_head(struct jk_model *m)
{
	const struct jk_tensor *head = find_in_safetensors(m,
	    "lm_head.weight");
	const struct jk_tensor *embedding = find_in_safetensors(m,
	    "model.embed_tokens.weight");

	if (!head || !embedding)
		return;
	if (head->dtype != embedding->dtype ||
	    head->size_bytes != embedding->size_bytes ||
	    memcmp(head->data, embedding->data, head->size_bytes) != 0)
		m->config.tie_word_embeddings = false;
}

int
jk_weights_from_safetensors(struct jk_model *m, struct jk_err *err)
{
	if (m->config.tie_word_embeddings)
		untie_other_head(m);
	if (fill_table(m, find_in_safetensors, err) < 0 ||
	    refuse_unknown(m, err) < 0)
		return -1;
	return align_tensors(m, err);
}

/* --- GGUF */

bool
jk_weight_gguf_name(const struct jk_config *c, const char *name,
    char out[NAME_BYTES])
{
	static const struct {
		const char *hf, *gguf;
	} names[] = {
		{ "input_layernorm", "attn_norm" },
		{ "self_attn.q_proj", "attn_q" },
		{ "self_attn.k_proj", "attn_k" },
		{ "self_attn.v_proj", "attn_v" },
		{ "self_attn.q_norm", "attn_q_norm" },
		{ "self_attn.k_norm", "attn_k_norm" },
		{ "self_attn.o_proj", "attn_output" },
		{ "pre_feedforward_layernorm", "ffn_norm" },
		{ "post_feedforward_layernorm", "post_ffw_norm" },
		{ "mlp.gate_proj", "ffn_gate" },
		{ "mlp.up_proj", "ffn_up" },
		{ "mlp.down_proj", "ffn_down" },
	};
	const char *stem = NULL, *kind = strrchr(name, '.');
	unsigned layer;
	int at = 0;
	size_t i, n;

	if (strcmp(name, "model.embed_tokens.weight") == 0) {
		strcpy(out, "token_embd.weight");
		return true;
	}
	if (strcmp(name, "model.norm.weight") == 0) {
		strcpy(out, "output_norm.weight");
		return true;
	}
	if (strcmp(name, "lm_head.weight") == 0) {
		strcpy(out, "output.weight");
		return true;
	}
	if (sscanf(name, "model.layers.%u.%n", &layer, &at) != 1 || !at)
		return false;
	name += at;
	n = (size_t)(kind - name);
	if (strncmp(name, "post_attention_layernorm.", n + 1) == 0)
		stem = c->post_norms ? "post_attention_norm" : "ffn_norm";
	for (i = 0; i < sizeof names / sizeof *names && !stem; i++)
		if (strlen(names[i].hf) == n &&
		    strncmp(names[i].hf, name, n) == 0)
			stem = names[i].gguf;
	if (!stem)
		return false;
	snprintf(out, NAME_BYTES, "blk.%u.%s%s", layer, stem, kind);
	return true;
}

static const struct jk_tensor *
find_in_gguf(const struct jk_model *m, const char *name)
{
	char stored[NAME_BYTES];

	return jk_weight_gguf_name(&m->config, name, stored) ?
	    jk_gguf_tensor(&m->gguf, stored) : NULL;
}

bool
jk_weight_is_permuted(const struct jk_config *c, const char *name)
{
	return (c->arch == JK_ARCH_LLAMA || c->arch == JK_ARCH_MISTRAL) &&
	    (strstr(name, ".q_proj.") || strstr(name, ".k_proj."));
}

/* Where llama.cpp has row r of Hugging Face's. */
static size_t
permuted(size_t r, size_t head_dim)
{
	size_t k = r % head_dim, i = k % (head_dim / 2);

	return r - k + 2 * i + k / (head_dim / 2);
}

void
jk_weight_permute(const void *in, void *out, size_t n_rows, size_t row_bytes,
    size_t head_dim)
{
	size_t r;

	for (r = 0; r < n_rows; r++)
		memcpy((char *)out + permuted(r, head_dim) * row_bytes,
		    (const char *)in + r * row_bytes, row_bytes);
}

void
jk_weight_unpermute(const void *in, void *out, size_t n_rows,
    size_t row_bytes, size_t head_dim)
{
	size_t r;

	for (r = 0; r < n_rows; r++)
		memcpy((char *)out + r * row_bytes, (const char *)in +
		    permuted(r, head_dim) * row_bytes, row_bytes);
}

/* Whole rows move, so that quantized blocks stay as they are. */
static bool
put_rows_back(struct jk_model *m, struct jk_tensor *t)
{
	size_t n_rows = (size_t)t->shape[0], row = t->size_bytes / n_rows;
	const char *in = t->data;
	char *out = own_copy(m, t, t->size_bytes);

	if (!out)
		return false;
	jk_weight_unpermute(in, out, n_rows, row, m->config.head_dim);
	return true;
}

/* Gemma's norms are stored as 1 + w. */
static bool
take_one_off(struct jk_model *m, struct jk_tensor *t)
{
	size_t n = (size_t)t->shape[0], i;
	const void *in = t->data;
	float *out = own_copy(m, t, n * sizeof *out);

	if (!out)
		return false;
	jk_dequantize(t->dtype, in, out, n);
	for (i = 0; i < n; i++)
		out[i] -= 1;
	t->dtype = JK_F32;
	return true;
}

/* Every tensor of the file must have been asked for. */
static int
refuse_unknown_gguf(const struct jk_model *m, struct jk_err *err)
{
	const char **known = calloc(m->n_tensors + 1, sizeof *known);
	char stored[NAME_BYTES];
	size_t i, j, n = 0;

	if (!known)
		return jk_fail_nomem(err);
	for (i = 0; i < m->n_tensors; i++)
		if (jk_weight_gguf_name(&m->config, m->tensors[i].name, stored))
			known[n++] = jk_gguf_tensor(&m->gguf, stored)->name;
	for (i = 0; i < m->gguf.n_tensors; i++) {
		const char *name = m->gguf.tensors[i].name;

		for (j = 0; j < n && known[j] != name; j++)
			;
		if (j == n && strcmp(name, "rope_freqs.weight") != 0) {
			free(known);
			return jk_fail(err, JK_EDATA, "tensor %s is not part "
			    "of the architecture %s", name,
			    jk_arch_name(m->config.arch));
		}
	}
	free(known);
	return 0;
}

int
jk_weights_from_gguf(struct jk_model *m, struct jk_err *err)
{
	size_t i;

	if (fill_table(m, find_in_gguf, err) < 0 ||
	    refuse_unknown_gguf(m, err) < 0)
		return -1;
	for (i = 0; i < m->n_tensors; i++) {
		struct jk_tensor *t = &m->tensors[i];
		const char *name = t->name;
		bool done = true;

		if (jk_weight_is_permuted(&m->config, name))
			done = put_rows_back(m, t);
		else if (m->config.norm_plus_one && t->n_dims == 1)
			done = take_one_off(m, t);
		if (!done)
			return jk_fail_nomem(err);
	}
	return align_tensors(m, err);
}
