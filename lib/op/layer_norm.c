#include "op/layer_norm.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

/*
 * The sum of (x - from)^power over n elements, power 1 or 2: 16 sums side by
 * side, added in one order, the same on every width.
 */
JK_INLINE float
sum_powers(const void *x, uint32_t n, float from, int power, uint32_t type)
{
	float part[16] = { 0 }, sum = 0;
	uint32_t i, j;

	for (i = 0; i + 16 <= n; i += 16)
		for (j = 0; j < 16; j++) {
			float v = jk_load(x, i + j, type) - from;

			part[j] += power == 1 ? v : v * v;
		}
	for (; i < n; i++) {
		float v = jk_load(x, i, type) - from;

		part[i % 16] += power == 1 ? v : v * v;
	}
	for (j = 0; j < 16; j++)
		sum += part[j];
	return sum;
}

JK_INLINE void
row_typed(const struct jk_layer_norm *a, uint32_t t, uint32_t type)
{
	const float *w = (const float *)(uintptr_t)a->w;
	const float *b = (const float *)(uintptr_t)a->b;
	const void *x = jk_at(a->x, (size_t)t * a->ldx, type);
	void *y = jk_at(a->y, (size_t)t * a->ldy, type);
	const float n = (float)a->dim;
	const float mean = sum_powers(x, a->dim, 0, 1, type) / n;
	const float s = 1 / sqrtf(sum_powers(x, a->dim, mean, 2, type) / n +
	    a->eps);
	uint32_t i;

#pragma omp simd
	for (i = 0; i < a->dim; i++)
		jk_store(y, i, type, (jk_load(x, i, type) - mean) * s * w[i] +
		    b[i]);
}

static void
row(const struct jk_layer_norm *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16);
	else
		row_typed(a, t, JK_F32);
}

JK_HOST_OP(layer_norm)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
