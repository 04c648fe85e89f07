#include "cpu/loops.h"

#include <math.h>
#include <string.h>

#include "isa/simd.h"

bool
jk_scale_logits(float *x, uint32_t n, float t, float *max)
{
	float m = -INFINITY;
	uint32_t bad = 0, i;

	#pragma omp simd reduction(max:m) reduction(|:bad)
	for (i = 0; i < n; i++) {
		x[i] /= t;
		m = x[i] > m ? x[i] : m;
		bad |= !(x[i] <= 3.402823466e38f);
	}
	*max = m = jk_settled_max(x, n, m);
	return !bad && m > -INFINITY;
}

void
jk_weigh_logits(const float *restrict x, float *restrict weights, uint32_t n,
    float max, float least)
{
	uint32_t i;

	#pragma omp simd
	for (i = 0; i < n; i++)
		weights[i] = x[i] < least ? 0 : jk_expf(x[i] - max);
}

void
jk_minima(const uint32_t *shingle, size_t n, const uint32_t *restrict a,
    const uint32_t *restrict b, uint32_t *restrict least, size_t n_hashes)
{
	size_t k, i, start;

	for (start = 0; start < n_hashes; start += JK_MINIMA_BLOCK) {
		uint32_t m[JK_MINIMA_BLOCK];	/* held in registers */

		memset(m, 0xff, sizeof m);
		for (k = 0; k < n; k++)
			for (i = 0; i < JK_MINIMA_BLOCK; i++) {
				uint32_t x = shingle[k] * a[start + i] +
				    b[start + i];
				m[i] = x < m[i] ? x : m[i];
			}
		memcpy(least + start, m, sizeof m);
	}
}
