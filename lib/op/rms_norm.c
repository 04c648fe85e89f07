#include "op/rms_norm.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

/* 16 sums side by side, added in one order: the same on every width. */
JK_INLINE void
norm(const void *x, const float *w, void *y, uint32_t n, float eps,
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

static void
norm_row(const struct jk_rms_norm *a, uint32_t t)
{
	const float *w = (const float *)(uintptr_t)a->w;
	uint32_t g;

	for (g = 0; g < a->n_groups; g++) {
		const void *x = jk_at(a->x, (size_t)t * a->ldx +
		    (size_t)g * a->step, a->type);
		void *y = jk_at(a->y, (size_t)t * a->ldy +
		    (size_t)g * a->dim, a->type);

		if (a->type == JK_BF16)
			norm(x, w, y, a->dim, a->eps, a->weight_offset,
			    JK_BF16);
		else
			norm(x, w, y, a->dim, a->eps, a->weight_offset,
			    JK_F32);
	}
}

JK_HOST_OP(rms_norm)
{
	uint32_t t;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
		a->n_groups * a->dim))
	for (t = 0; t < a->n_rows; t++)
		norm_row(a, t);
	return 0;
}
