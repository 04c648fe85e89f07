#include "op/cross_entropy.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/softcap_tanh.h"

enum { PART = 2048 };	/* numbers added up in f32 */

static float
row_max(const float *x, uint32_t n)
{
	float m = x[0];
	uint32_t i;

	#pragma omp simd reduction(max:m)
	for (i = 0; i < n; i++)
		m = x[i] > m ? x[i] : m;
	return jk_settled_max(x, n, m);
}

/* sum of exp(x[i] - max): NaN and infinity go through */
static float
row_sum(const float *x, uint32_t n, float max)
{
	double sum = 0;
	uint32_t i, end, j;

	for (i = 0; i < n; i = end) {
		float part = 0;

		end = n - i < PART ? n : i + PART;
		#pragma omp simd reduction(+:part)
		for (j = i; j < end; j++)
			part += jk_expf(x[j] - max);
		sum += (double)part;
	}
	return (float)sum;
}

/* In parts: what is written may stand where the next part is read. */
JK_INLINE void
gradient_typed(const float *x, uint32_t n, float lse, float scale, float cap,
    void *d, uint32_t type)
{
	const size_t size = jk_element_bytes(type);
	float part[PART];
	uint32_t i, j, m;

	for (i = 0; i < n; i += m) {
		m = n - i < PART ? n - i : PART;
		for (j = 0; j < m; j++) {
			float y = scale * jk_expf(x[i + j] - lse);

			jk_store(part, j, type, cap > 0 ?
			    y * jk_softcap_slope(x[i + j], cap) : y);
		}
		memcpy((char *)d + i * size, part, m * size);
	}
}

static void
row_gradient(const struct jk_cross_entropy *a, const float *x, float lse,
    float scale, void *d)
{
	const uint32_t n = a->n_vocab;

	if (a->type_d == JK_BF16 && a->cap > 0)
		gradient_typed(x, n, lse, scale, a->cap, d, JK_BF16);
	else if (a->type_d == JK_BF16)
		gradient_typed(x, n, lse, scale, 0, d, JK_BF16);
	else if (a->cap > 0)
		gradient_typed(x, n, lse, scale, a->cap, d, JK_F32);
	else
		gradient_typed(x, n, lse, scale, 0, d, JK_F32);
}

static void
row(const struct jk_cross_entropy *a, uint32_t t)
{
	const float *x = (const float *)(uintptr_t)a->logits +
	    (size_t)t * a->n_vocab;
	uint32_t target = ((const uint32_t *)(uintptr_t)a->target)[t];
	float max = row_max(x, a->n_vocab);
	float lse = max + logf(row_sum(x, a->n_vocab, max));
	float at_target = x[target], loss = lse - at_target;
	float scale = a->scale, slope = 1;
	void *d;

	((float *)(uintptr_t)a->loss)[t] = loss;
	if (!a->d)
		return;
	if (a->weight)
		scale *= ((const float *)(uintptr_t)a->weight)[t];
	d = jk_at(a->d, (size_t)t * a->ldd, a->type_d);
	row_gradient(a, x, lse, scale, d);
	if (a->cap > 0)
		slope = jk_softcap_slope(at_target, a->cap);
	jk_store(d, target, a->type_d,
	    scale * (jk_expf(at_target - lse) - 1) * slope);
}

static void
check(const struct jk_cross_entropy *a)
{
	const float *loss = (const float *)(uintptr_t)a->loss;
	struct jk_clipping *to = (struct jk_clipping *)(uintptr_t)a->clipping;
	uint32_t t;

	for (t = 0; t < a->n_rows; t++)
		if (!isfinite(loss[t]))
			to->failed = 1;
}

JK_HOST_OP(cross_entropy)
{
	const uint32_t *target = (const uint32_t *)(uintptr_t)a->target;
	uint32_t t;

	for (t = 0; t < a->n_rows; t++)
		if (target[t] >= a->n_vocab)
			return jk_fail(err, JK_ESYS,
			    "token %u is not in the vocabulary of %u",
			    target[t], a->n_vocab);
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
		a->n_vocab))
	for (t = 0; t < a->n_rows; t++)
		if (!jk_cpu_is_stopped(cpu))
			row(a, t);
	if (a->clipping)
		check(a);
	return 0;
}
