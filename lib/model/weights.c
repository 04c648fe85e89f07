#include "model/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/weight_form.h"
#include "quant/decode.h"

struct table {
	struct jk_model *m;
	const struct jk_tensor *(*find)(const struct jk_model *m,
	    struct jk_weight_id id);
	bool conv1d;		/* such matrices stand as [in, out] */
	char *name_at;
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

int
jk_weights_fill(struct jk_model *m, const struct jk_tensor *(*find)(
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
	jk_tensors_sort(m->tensors, n);
	return 0;
}

const struct jk_tensor *
jk_model_tensor(const struct jk_model *m, const char *name)
{
	return jk_tensors_find(m->tensors, m->n_tensors, name);
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
	jk_tensors_sort(m->tensors, m->n_tensors);
}

int
jk_weights_align(struct jk_model *m, struct jk_err *err)
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
