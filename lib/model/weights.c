#include "model/weights.h"

#include <math.h>
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

/*
 * Whether a tensor has a shape, or with `turned` that of its transpose; GGUF
 * leaves out a 1 in the middle.
 */
static bool
fits(const struct jk_tensor *t, unsigned n_dims, const uint64_t *shape,
    bool turned)
{
	unsigned i, k = 0;

	if (turned)
		return t->n_dims == 2 && t->shape[0] == shape[1] &&
		    t->shape[1] == shape[0];
	for (i = 0; i < n_dims; i++) {
		if (k < t->n_dims && t->shape[k] == shape[i])
			k++;
		else if (i != 1 || n_dims != 3 || shape[i] != 1)
			return false;
	}
	return k == t->n_dims;
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

	if (!in)
		return jk_fail(t->err, JK_EDATA, "no tensor %s", name);
	if (!fits(in, n_dims, shape, turned))
		return jk_fail(t->err, JK_EDATA, "tensor %s: not of the shape "
		    "that the configuration gives it (%llu%s%.0llu)", name,
		    (unsigned long long)shape[turned], n_dims > 1 ? " x " : "",
		    n_dims > 1 ? (unsigned long long)shape[!turned] : 0);
	if (in->dtype != JK_F64 && (in->dtype >= JK_N_WEIGHT_DTYPES ||
	    (n_dims != 2 && in->dtype > JK_BF16)))
		return jk_fail(t->err, JK_EDATA, "tensor %s: unsupported type "
		    "%s", name, jk_dtype_name(in->dtype));
	*out = *in;
	if (!turned) {
		out->n_dims = n_dims;
		memcpy(out->shape, shape, n_dims * sizeof *shape);
	}
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
	const size_t n = jk_weights_count(&m->config);

	/* and a head, which an adapter may part from the embedding */
	m->tensors = calloc(n + 1, sizeof *m->tensors);
	m->names = t.name_at = malloc((n + 1) * JK_WEIGHT_NAME_BYTES);
	/*
	 * a tensor is copied at most once for its type or to align, twice to be
	 * put right, twice for an adapter
	 */
	m->copies = calloc(5 * (n + 1), sizeof *m->copies);
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

	jk_weight_gguf_name(&m->config, id, stored);
	return jk_gguf_tensor(&m->gguf, stored);
}

enum jk_weight_order
jk_weight_order(const struct jk_config *c, enum jk_module module)
{
	switch (module) {
	case JK_MODULE_Q:
	case JK_MODULE_K:
		return c->family->gguf_permuted ? JK_ORDER_ROWS :
		    JK_ORDER_SAME;
	case JK_MODULE_LINEAR_QKV:
	case JK_MODULE_LINEAR_Z:
	case JK_MODULE_LINEAR_B:
	case JK_MODULE_LINEAR_A:
	case JK_MODULE_LINEAR_A_LOG:
	case JK_MODULE_LINEAR_DT_BIAS:
	case JK_MODULE_LINEAR_CONV:
		return c->linear.n_k_heads != c->linear.n_v_heads ?
		    JK_ORDER_ROWS : JK_ORDER_SAME;
	case JK_MODULE_LINEAR_OUT:
		return c->linear.n_k_heads != c->linear.n_v_heads ?
		    JK_ORDER_COLUMNS : JK_ORDER_SAME;
	default:
		return JK_ORDER_SAME;
	}
}

bool
jk_lora_is_reordered(const struct jk_config *c, enum jk_module proj,
    enum jk_lora_kind kind)
{
	return jk_weight_order(c, proj) == (kind == JK_LORA_B ?
	    JK_ORDER_ROWS : JK_ORDER_COLUMNS);
}

/* Where llama.cpp has value head h. */
static size_t
head_there(const struct jk_config *c, size_t h)
{
	const size_t each = c->linear.n_v_heads / c->linear.n_k_heads;

	return h % each * c->linear.n_k_heads + h / each;
}

/* Where llama.cpp has row r. */
static size_t
row_there(const struct jk_config *c, enum jk_module module, size_t r)
{
	size_t k, i, first = 0, size = 1;

	if (module == JK_MODULE_Q || module == JK_MODULE_K) {
		k = r % c->head_dim;
		i = k % (c->head_dim / 2);
		return r - k + 2 * i + k / (c->head_dim / 2);
	}
	if (module == JK_MODULE_LINEAR_QKV || module == JK_MODULE_LINEAR_CONV)
		first = 2 * (size_t)c->linear.n_k_heads * c->linear.key_dim;
	if (first || module == JK_MODULE_LINEAR_Z)
		size = c->linear.value_dim;
	if (r < first)
		return r;
	return first + head_there(c, (r - first) / size) * size +
	    (r - first) % size;
}

/* A piece of n bytes: `there` as llama.cpp counts. */
static void
move(bool to_gguf, const char *in, char *out, size_t here, size_t there,
    size_t n)
{
	memcpy(out + (to_gguf ? there : here) * n,
	    in + (to_gguf ? here : there) * n, n);
}

static void
reorder(const struct jk_config *c, enum jk_module module, bool to_gguf,
    const char *in, char *out, size_t n_rows, size_t row_bytes)
{
	const size_t n_heads = c->linear.n_v_heads;
	size_t r, h;

	for (r = 0; r < n_rows; r++) {
		if (jk_weight_order(c, module) == JK_ORDER_ROWS) {
			move(to_gguf, in, out, r, row_there(c, module, r),
			    row_bytes);
			continue;
		}
		for (h = 0; h < n_heads; h++)
			move(to_gguf, in + r * row_bytes, out + r * row_bytes,
			    h, head_there(c, h), row_bytes / n_heads);
	}
}

void
jk_weight_to_gguf_order(const struct jk_config *c, enum jk_module module,
    const void *in, void *out, size_t n_rows, size_t row_bytes)
{
	reorder(c, module, true, in, out, n_rows, row_bytes);
}

void
jk_weight_from_gguf_order(const struct jk_config *c, enum jk_module module,
    const void *in, void *out, size_t n_rows, size_t row_bytes)
{
	reorder(c, module, false, in, out, n_rows, row_bytes);
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

/* Whether numbers of the module are 1 + w there. */
static bool
is_shifted(const struct jk_config *c, enum jk_module module)
{
	uint64_t rows, columns;

	jk_module_shape(c, module, &rows, &columns);
	return c->norm_plus_one && columns == 0 &&
	    module != JK_MODULE_LINEAR_NORM &&
	    module != JK_MODULE_LINEAR_A_LOG &&
	    module != JK_MODULE_LINEAR_DT_BIAS;
}

float
jk_weight_to_gguf(const struct jk_config *c, enum jk_module module, float w)
{
	return is_shifted(c, module) ? w + 1 :
	    module == JK_MODULE_LINEAR_A_LOG ? -expf(w) : w;
}

float
jk_weight_from_gguf(const struct jk_config *c, enum jk_module module, float w)
{
	return is_shifted(c, module) ? w - 1 :
	    module == JK_MODULE_LINEAR_A_LOG ? logf(-w) : w;
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

static int
mark_known(void *ctx, struct jk_weight_id id, const char *name,
    unsigned n_dims, const uint64_t *shape)
{
	struct table *t = ctx;

	(void)name, (void)n_dims, (void)shape;
	t->known[find_in_gguf(t->m, id) - t->m->gguf.tensors] = true;
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
		    "rope_freqs.weight") != 0 &&
		    !is_behind(&m->config, g->tensors[i].name))
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

		if (!jk_weight_parse(&m->config, t->name, &id))
			continue;
		if (is_shifted(&m->config, id.module) ||
		    id.module == JK_MODULE_LINEAR_A_LOG)
			done = turn_back(m, t, id.module);
		if (done && jk_weight_order(&m->config, id.module) !=
		    JK_ORDER_SAME)
			done = put_back(m, t, id.module);
		if (!done)
			return jk_fail_nomem(err);
	}
	return align_tensors(m, err);
}
