#ifndef JK_OP_RMS_NORM_ROW_H
#define JK_OP_RMS_NORM_ROW_H

#include <math.h>

#include "cpu/element.h"

/*
 * A row of rms_norm: 16 sums side by side, added in one order, the same on every
 * width.
 */
JK_INLINE void
jk_rms_norm_row(const void *x, const float *w, void *y, uint32_t n, float eps,
    float offset, uint32_t type)
{
	float part[16] = { 0 }, sum = 0, s;
	uint32_t i, j;

	for (i = 0; i + 16 <= n; i += 16)
		for (j = 0; j < 16; j++) {
			float v = jk_load(x, i + j, type);

			part[j] += v * v;
		}
	for (; i < n; i++) {
		float v = jk_load(x, i, type);

		part[i % 16] += v * v;
	}
	for (j = 0; j < 16; j++)
		sum += part[j];
	s = 1 / sqrtf(sum / (float)n + eps);
	for (i = 0; i < n; i++)
		jk_store(y, i, type, jk_load(x, i, type) * s *
		    (offset + w[i]));
}

#endif
