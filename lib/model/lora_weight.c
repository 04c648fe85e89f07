#include "model/lora_weight.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "model/weight_form.h"

/* Its matrices are those of the transpose. */
static bool
is_of_embedding(const struct jk_lora_part *p)
{
	return p->id.module == JK_MODULE_EMBEDDING;
}

/* w += scale * left right */
static int
add_product(float *w, const struct jk_tensor *t, const struct jk_lora_part *p,
    struct jk_err *err)
{
	const bool is_embedding = is_of_embedding(p);
	const size_t n = (size_t)t->shape[0], k = (size_t)t->shape[1];
	const size_t rank = p->rank;
	float *a = jk_tensor_to_f32(p->of[JK_LORA_A], err);
	float *b = jk_tensor_to_f32(p->of[JK_LORA_B], err);
	/* A [R, V] and B [C, R] of an embedding [V, C]: both turned */
	float *left = is_embedding ?
	    jk_floats_transposed(a, rank, n, err) : b;
	float *right = is_embedding ?
	    jk_floats_transposed(b, k, rank, err) : a;
	size_t i, j, r;

	if (left && right)
#pragma omp parallel for private(j, r)
		for (i = 0; i < n; i++)
			for (r = 0; r < rank; r++) {
				float x = p->scale * left[i * rank + r];

				for (j = 0; j < k; j++)
					w[i * k + j] += x * right[r * k + j];
			}
	r = left && right;
	free(left);
	free(right);
	return r ? 0 : -1;
}

/* Sums of squares of each output: of rows, of an embedding's columns. */
static double *
squares(const float *w, const struct jk_tensor *t, bool by_column,
    struct jk_err *err)
{
	const size_t n = (size_t)t->shape[0], k = (size_t)t->shape[1];
	double *sums = calloc((by_column ? k : n) + 1, sizeof *sums);
	size_t i, j;

	if (!sums) {
		jk_fail_nomem(err);
		return NULL;
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < k; j++)
			sums[by_column ? j : i] += (double)w[i * k + j] *
			    w[i * k + j];
	return sums;
}

static float *
factors_of(const float *w, const struct jk_tensor *t,
    const struct jk_lora_part *p, struct jk_err *err)
{
	const struct jk_tensor *magnitude = p->of[JK_LORA_MAGNITUDE];
	float *m = jk_tensor_to_f32(magnitude, err);
	double *sums = m ? squares(w, t, is_of_embedding(p), err) : NULL;
	size_t i, n = sums ? (size_t)magnitude->shape[0] : 0;

	for (i = 0; i < n; i++) {
		m[i] = (float)(m[i] / sqrt(sums[i]));
		if (!(sums[i] > 0) || !isfinite(m[i]))
			break;
	}
	if (i < n)
		jk_fail(err, JK_EDATA, "%s: output %zu of the weight with its "
		    "LoRA has a norm of %g: DoRA's magnitude cannot be applied "
		    "to it", t->name, i, sqrt(sums[i]));
	if (!sums || i < n) {
		free(m);
		m = NULL;
	}
	free(sums);
	return m;
}

/* W + scale B A */
static float *
with_product(const struct jk_lora_part *p, const struct jk_tensor *t,
    struct jk_err *err)
{
	float *w = jk_tensor_to_f32(t, err);

	if (w && add_product(w, t, p, err) < 0) {
		free(w);
		return NULL;
	}
	return w;
}

float *
jk_lora_merged(const struct jk_lora_part *p, const struct jk_tensor *t,
    struct jk_err *err)
{
	const size_t n = (size_t)t->shape[0], k = (size_t)t->shape[1];
	float *w = with_product(p, t, err), *factors;
	size_t i, j;

	if (!w || !p->of[JK_LORA_MAGNITUDE])
		return w;
	factors = factors_of(w, t, p, err);
	for (i = 0; factors && i < n; i++)
		for (j = 0; j < k; j++)
			w[i * k + j] *= factors[is_of_embedding(p) ? j : i];
	if (!factors) {
		free(w);
		w = NULL;
	}
	free(factors);
	return w;
}

float *
jk_lora_factors(const struct jk_lora_part *p, const struct jk_tensor *t,
    struct jk_err *err)
{
	float *w = with_product(p, t, err), *factors = NULL;

	if (w)
		factors = factors_of(w, t, p, err);
	free(w);
	return factors;
}
