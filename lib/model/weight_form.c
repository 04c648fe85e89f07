#include "model/weight_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quant/decode.h"

float *
jk_tensor_to_f32(const struct jk_tensor *t, struct jk_err *err)
{
	size_t n = jk_tensor_count(t);
	float *f = malloc((n + 1) * sizeof *f);

	if (!f)
		jk_fail_nomem(err);
	else
		jk_dequantize(t->dtype, t->data, f, n);
	return f;
}

/* --- order */

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
jk_weight_from_gguf_order(const struct jk_config *c, enum jk_module module,
    const void *in, void *out, size_t n_rows, size_t row_bytes)
{
	reorder(c, module, false, in, out, n_rows, row_bytes);
}

static float *
reordered(const struct jk_config *c, enum jk_module module, bool to_gguf,
    float *w, const struct jk_tensor *t, struct jk_err *err)
{
	const size_t n = jk_tensor_count(t), n_rows = (size_t)t->shape[0];
	float *out = malloc((n + 1) * sizeof *out);

	if (out)
		reorder(c, module, to_gguf, (const char *)w, (char *)out,
		    n_rows, n / n_rows * sizeof *w);
	else
		jk_fail_nomem(err);
	free(w);
	return out;
}

float *
jk_floats_from_gguf_order(const struct jk_config *c, enum jk_module module,
    float *w, const struct jk_tensor *t, struct jk_err *err)
{
	return reordered(c, module, false, w, t, err);
}

float *
jk_floats_to_gguf_order(const struct jk_config *c, enum jk_module module,
    float *w, const struct jk_tensor *t, struct jk_err *err)
{
	return reordered(c, module, true, w, t, err);
}

/* --- numbers */

/* Whether numbers of the module are 1 + w there. */
static bool
is_shifted(const struct jk_config *c, enum jk_module module)
{
	uint64_t rows, columns;

	jk_module_shape(c, 0, module, &rows, &columns);
	return c->norm_plus_one && columns == 0 &&
	    module != JK_MODULE_LINEAR_NORM &&
	    module != JK_MODULE_LINEAR_A_LOG &&
	    module != JK_MODULE_LINEAR_DT_BIAS;
}

bool
jk_weight_is_recoded(const struct jk_config *c, enum jk_module module)
{
	return is_shifted(c, module) || module == JK_MODULE_LINEAR_A_LOG;
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

/* --- transposition */

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

float *
jk_floats_transposed(float *w, size_t n_rows, size_t n_columns,
    struct jk_err *err)
{
	float *out = w ? malloc((n_rows * n_columns + 1) * sizeof *out) : NULL;

	if (out)
		jk_weight_transpose(w, out, n_rows, n_columns, sizeof *out);
	else if (w)
		jk_fail_nomem(err);
	free(w);
	return out;
}
