#include "model/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quant/decode.h"

/* --- the table */

struct table {
	struct jk_model *m;
	const struct jk_tensor *(*find)(const struct jk_model *m,
	    struct jk_weight_id id);
	bool conv1d;		/* such matrices stand as [in, out] */
	char *name_at;
	bool *known;		/* [gguf's tensors] */
	struct jk_err *err;
};

static int
count_one(void *ctx, struct jk_weight_id id, const char *name,
    unsigned n_dims, const uint64_t *shape)
{
	(void)id, (void)name, (void)n_dims, (void)shape;
	++*(size_t *)ctx;
	return 0;
}

void *
jk_weight_own(struct jk_model *m, struct jk_tensor *t, size_t size_bytes)
{
	void *p = malloc(size_bytes ? size_bytes : 1);

	if (!p)
		return NULL;
	m->copies[m->n_copies++] = p;
	t->data = p;
	t->size_bytes = size_bytes;
	return p;
}

float *
jk_weight_floats(struct jk_model *m, struct jk_tensor *t)
{
	const size_t n = (size_t)jk_tensor_count(t);
	const void *in = t->data;
	float *out = jk_weight_own(m, t, n * sizeof *out);

	if (!out)
		return NULL;
	jk_dequantize(t->dtype, in, out, n);
	t->dtype = JK_F32;
	return out;
}

bool
jk_weight_is_transposed(const struct jk_config *c, struct jk_weight_id id)
{
	return c->family->naming == JK_NAMING_GPT2 &&
	    id.module < JK_N_PROJS && !id.is_bias;
}

/* Rows and columns that both stay in the cache. */
enum { TILE = 32 };

void
jk_weight_transpose(const void *in, void *out, size_t n_rows,
    size_t n_columns, size_t element_bytes)
{
	const size_t size = element_bytes;
	const char *from = in;
	char *to = out;
	size_t r, i, j, k;

#pragma omp parallel for private(i, j, k)
	for (r = 0; r < n_rows; r += TILE)
		for (i = 0; i < n_columns; i += TILE)
			for (j = i; j < i + TILE && j < n_columns; j++)
				for (k = r; k < r + TILE && k < n_rows; k++)
					memcpy(to + (j * n_rows + k) * size,
					    from + (k * n_columns + j) * size,
					    size);
}

/* From [in, out] to [out, in], in memory of its own. */
static int
turn(struct jk_model *m, struct jk_tensor *t, struct jk_err *err)
{
	const uint64_t n_rows = t->shape[0], n_columns = t->shape[1];
	const void *in = t->data;
	void *out = jk_weight_own(m, t, t->size_bytes);

	if (!out)
		return jk_fail_nomem(err);
	jk_weight_transpose(in, out, (size_t)n_rows, (size_t)n_columns,
	    jk_dtype_block_bytes(t->dtype));
	t->shape[0] = n_columns;
	t->shape[1] = n_rows;
	return 0;
}

static int
add_one(void *ctx, struct jk_weight_id id, const char *name, unsigned n_dims,
    const uint64_t *shape)
{
	struct table *t = ctx;
	struct jk_tensor *out = &t->m->tensors[t->m->n_tensors];
	const struct jk_tensor *in = t->find(t->m, id);
	const bool turned = t->conv1d &&
	    jk_weight_is_transposed(&t->m->config, id);
	unsigned i;
	bool same;

	if (!in)
		return jk_fail(t->err, JK_EDATA, "no tensor %s", name);
	same = in->n_dims == n_dims;
	for (i = 0; i < n_dims && same; i++)
		same = in->shape[turned ? n_dims - 1 - i : i] == shape[i];
	if (!same)
		return jk_fail(t->err, JK_EDATA, "tensor %s: not of the shape "
		    "that the configuration gives it (%llu%s%.0llu)", name,
		    (unsigned long long)shape[turned], n_dims > 1 ? " x " : "",
		    n_dims > 1 ? (unsigned long long)shape[!turned] : 0);
	if (in->dtype != JK_F64 && (in->dtype >= JK_N_WEIGHT_DTYPES ||
	    (n_dims == 1 && in->dtype > JK_BF16)))
		return jk_fail(t->err, JK_EDATA, "tensor %s: unsupported type "
		    "%s", name, jk_dtype_name(in->dtype));
	*out = *in;
	out->name = strcpy(t->name_at, name);
	t->name_at += strlen(name) + 1;
	t->m->n_tensors++;
	/* doubles become floats, as they do in transformers */
	if (in->dtype == JK_F64 && !jk_weight_floats(t->m, out))
		return jk_fail_nomem(t->err);
	return turned ? turn(t->m, out, t->err) : 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct jk_tensor *)a)->name,
	    ((const struct jk_tensor *)b)->name);
}

static int
fill_table(struct jk_model *m, const struct jk_tensor *(*find)(
    const struct jk_model *m, struct jk_weight_id id), struct jk_err *err)
{
	struct table t = { .m = m, .find = find, .conv1d = !m->is_gguf,
		.err = err };
	size_t n = 0;

	jk_weights_each(&m->config, count_one, &n);
	/* and a head, which an adapter may part from the embedding */
	m->tensors = calloc(n + 1, sizeof *m->tensors);
	m->names = t.name_at = malloc((n + 1) * JK_WEIGHT_NAME_BYTES);
	/*
	 * a tensor is copied at most once for its type or to align, once to be
	 * put right, twice for an adapter
	 */
	m->copies = calloc(4 * (n + 1), sizeof *m->copies);
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

const struct jk_tensor *
jk_model_weight(const struct jk_model *m, struct jk_weight_id id)
{
	char name[JK_WEIGHT_NAME_BYTES];

	jk_weight_name(&m->config, id, name);
	return jk_model_tensor(m, name);
}

void
jk_weights_untie(struct jk_model *m)
{
	const struct jk_weight_id head = { .module = JK_MODULE_HEAD };
	struct jk_tensor t;

	if (!m->config.tie_word_embeddings)
		return;
	m->config.tie_word_embeddings = false;
	t = *jk_model_weight(m, (struct jk_weight_id){
		.module = JK_MODULE_EMBEDDING });
	/* behind all names that are there */
	t.name = m->names + m->n_tensors * JK_WEIGHT_NAME_BYTES;
	jk_weight_name(&m->config, head, m->names + m->n_tensors *
	    JK_WEIGHT_NAME_BYTES);
	m->tensors[m->n_tensors++] = t;
	qsort(m->tensors, m->n_tensors, sizeof *m->tensors, by_name);
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
		if (!jk_weight_own(m, t, t->size_bytes))
			return jk_fail_nomem(err);
		memcpy((void *)(uintptr_t)t->data, in, t->size_bytes);
	}
	return 0;
}

/* --- safetensors */

static const struct jk_tensor *
find_named(const struct jk_model *m, const char *name)
{
	const struct jk_tensor *t;
	size_t i;

	for (i = 0; i < m->n_files; i++)
		if ((t = jk_safetensors_find(&m->files[i], name)))
			return t;
	return NULL;
}

/*
 * What may stand for jk_module_prefix: nothing where AutoModel saved the decoder alone; in
 * a model of more than text what the family says, or, before transformers 4.52,
 * the same two words the other way round.
 */
static void
other_prefixes(const struct jk_model *m, const char *prefixes[3])
{
	prefixes[0] = m->config.is_part ? m->config.family->whole_prefix : "";
	prefixes[1] = m->config.is_part ? "language_model.model." : "";
	prefixes[2] = "";
}

static const struct jk_tensor *
find_in_safetensors(const struct jk_model *m, struct jk_weight_id id)
{
	const char *prefix = jk_module_prefix(&m->config), *rest;
	char name[JK_WEIGHT_NAME_BYTES], other[JK_WEIGHT_NAME_BYTES + 32];
	const char *prefixes[3];
	const struct jk_tensor *t;
	int i;

	jk_weight_name(&m->config, id, name);
	t = find_named(m, name);
	if (!t && id.module == JK_MODULE_HEAD && m->config.is_part)
		t = find_named(m, "language_model.lm_head.weight");
	if (t || strncmp(name, prefix, strlen(prefix)) != 0)
		return t;
	rest = name + strlen(prefix);
	other_prefixes(m, prefixes);
	for (i = 0; i < 3 && !t; i++) {
		snprintf(other, sizeof other, "%s%s", prefixes[i], rest);
		t = find_named(m, other);
	}
	return t;
}

/* What old files have besides weights: angles of RoPE, masks of GPT-2. */
static bool
is_constant(const char *name)
{
	static const char *const ends[] = { ".rotary_emb.inv_freq",
		".attn.bias", ".attn.masked_bias" };
	size_t i, n = strlen(name), n_end;

	for (i = 0; i < sizeof ends / sizeof *ends; i++) {
		n_end = strlen(ends[i]);
		if (n >= n_end && strcmp(name + n - n_end, ends[i]) == 0)
			return true;
	}
	return false;
}

/* A tensor's name without what stands before "layers.N" or "norm". */
static const char *
without_prefix(const struct jk_model *m, const char *name)
{
	const char *prefix = jk_module_prefix(&m->config), *prefixes[3];
	size_t i, n;

	other_prefixes(m, prefixes);
	for (i = 0; i < 3; i++) {
		n = strlen(prefixes[i]);
		if (n && strncmp(name, prefixes[i], n) == 0)
			return name + n;
	}
	n = strlen(prefix);
	return strncmp(name, prefix, n) == 0 ? name + n : name;
}

/*
 * A tensor of a decoder layer that the configuration does not know would
 * silently change the model.
 */
static int
refuse_unknown(const struct jk_model *m, struct jk_err *err)
{
	const char *prefix = jk_module_prefix(&m->config);
	const char *layers = jk_module_layers(&m->config);
	char full[JK_WEIGHT_NAME_BYTES];
	size_t i, j;

	for (i = 0; i < m->n_files; i++)
		for (j = 0; j < m->files[i].n_tensors; j++) {
			const char *name = m->files[i].tensors[j].name;

			if (snprintf(full, sizeof full, "%s%s", prefix,
			    without_prefix(m, name)) < (int)sizeof full &&
			    strncmp(full + strlen(prefix), layers,
			    strlen(layers)) == 0 && !is_constant(name) &&
			    !jk_model_tensor(m, full))
				return jk_fail(err, JK_EDATA, "tensor %s is "
				    "not part of the architecture %s", name,
				    m->config.family->model_type);
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
	    (struct jk_weight_id){ .module = JK_MODULE_HEAD });
	const struct jk_tensor *embedding = find_in_safetensors(m,
	    (struct jk_weight_id){ .module = JK_MODULE_EMBEDDING });

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

static const struct jk_tensor *
find_in_gguf(const struct jk_model *m, struct jk_weight_id id)
{
	char stored[JK_WEIGHT_NAME_BYTES];

	jk_weight_gguf_name(id, stored);
	return jk_gguf_tensor(&m->gguf, stored);
}

bool
jk_weight_is_permuted(const struct jk_config *c, enum jk_module module)
{
	return c->family->gguf_permuted &&
	    (module == JK_MODULE_Q || module == JK_MODULE_K);
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
	char *out = jk_weight_own(m, t, t->size_bytes);

	if (!out)
		return false;
	jk_weight_unpermute(in, out, n_rows, row, m->config.head_dim);
	return true;
}

/* Gemma's norms are stored as 1 + w. */
static bool
take_one_off(struct jk_model *m, struct jk_tensor *t)
{
	float *out = jk_weight_floats(m, t);
	size_t i;

	for (i = 0; out && i < t->shape[0]; i++)
		out[i] -= 1;
	return out != NULL;
}

static int
mark_known(void *ctx, struct jk_weight_id id, const char *name,
    unsigned n_dims, const uint64_t *shape)
{
	struct table *t = ctx;

	(void)name, (void)n_dims, (void)shape;
	t->known[find_in_gguf(t->m, id) - t->m->gguf.tensors] = true;
	return 0;
}

/* Every tensor of the file must have been asked for. */
static int
refuse_unknown_gguf(struct jk_model *m, struct jk_err *err)
{
	const struct jk_gguf *g = &m->gguf;
	struct table t = { .m = m,
		.known = calloc(g->n_tensors + 1, sizeof *t.known) };
	size_t i;

	if (!t.known)
		return jk_fail_nomem(err);
	jk_weights_each(&m->config, mark_known, &t);
	for (i = 0; i < g->n_tensors; i++)
		if (!t.known[i] && strcmp(g->tensors[i].name,
		    "rope_freqs.weight") != 0)
			break;
	free(t.known);
	return i == g->n_tensors ? 0 : jk_fail(err, JK_EDATA, "tensor %s is "
	    "not part of the architecture %s", g->tensors[i].name,
	    m->config.family->model_type);
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
		struct jk_weight_id id;
		bool done = true;

		if (jk_weight_parse(&m->config, t->name, &id) &&
		    jk_weight_is_permuted(&m->config, id.module))
			done = put_rows_back(m, t);
		else if (m->config.norm_plus_one && t->n_dims == 1)
			done = take_one_off(m, t);
		if (!done)
			return jk_fail_nomem(err);
	}
	return align_tensors(m, err);
}
