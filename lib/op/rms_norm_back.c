#include "op/rms_norm_back.h"

#include "cpu/cpu.h"
#include "op/rms_norm_row.h"

JK_INLINE void
row_typed(const struct jk_rms_norm_back *a, uint32_t t, uint32_t type)
{
	const float *w = (const float *)(uintptr_t)a->w;
	const float n = (float)a->dim;
	uint32_t g, i;

	for (g = 0; g < a->n_groups; g++) {
		size_t at = (size_t)g * a->step;
		const void *x = jk_at(a->x, (size_t)t * a->ldx + at, type);
		const void *dy = jk_at(a->dy, (size_t)t * a->ldy +
		    (size_t)g * a->dim, type);
		void *dx = jk_at(a->dx, (size_t)t * a->ldd + at, type);
		float squares = 0, dot = 0, s, c;

		if (a->y)
			jk_rms_norm_row(x, w, jk_at(a->y, (size_t)t * a->ldy +
			    (size_t)g * a->dim, type), a->dim, a->eps,
			    a->weight_offset, type);
#pragma omp simd reduction(+:squares, dot)
		for (i = 0; i < a->dim; i++) {
			float v = jk_load(x, i, type);

			squares += v * v;
			dot += v * jk_load(dy, i, type) *
			    (a->weight_offset + w[i]);
		}
		s = 1 / sqrtf(squares / n + a->eps);
		c = s * s * dot / n;
#pragma omp simd
		for (i = 0; i < a->dim; i++) {
			float u = jk_load(dy, i, type) *
			    (a->weight_offset + w[i]);
			float d = s * (u - jk_load(x, i, type) * c);

			if (a->accumulate)
				d += jk_load(dx, i, type);
			jk_store(dx, i, type, d);
		}
	}
}

static void
row(const struct jk_rms_norm_back *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16);
	else
		row_typed(a, t, JK_F32);
}

JK_HOST_OP(rms_norm_back)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
	a->n_groups * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
