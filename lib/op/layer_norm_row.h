#ifndef JK_OP_LAYER_NORM_ROW_H
#define JK_OP_LAYER_NORM_ROW_H

#include <math.h>

#include "cpu/element.h"

/*
 * The sum of (x - from)^power over n elements, power 1 or 2: 16 sums side by
 * side, added in one order, the same on every width.
 */
JK_INLINE float
jk_sum_powers(const void *x, uint32_t n, float from, int power, uint32_t type)
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

/* A row of layer_norm. */
JK_INLINE void
jk_layer_norm_row(const void *x, const float *w, const float *b, void *y,
    uint32_t dim, float eps, uint32_t type)
{
	const float n = (float)dim;
	const float mean = jk_sum_powers(x, dim, 0, 1, type) / n;
	const float s = 1 / sqrtf(jk_sum_powers(x, dim, mean, 2, type) / n +
	    eps);
	uint32_t i;

#pragma omp simd
	for (i = 0; i < dim; i++)
		jk_store(y, i, type, (jk_load(x, i, type) - mean) * s * w[i] +
		    b[i]);
}

#endif
