#include "op/scale_columns.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_INLINE void
row_typed(const struct jk_scale_columns *a, uint32_t t, uint32_t type)
{
	const float *factor = (const float *)(uintptr_t)a->factor;
	const float *shift = (const float *)(uintptr_t)a->shift;
	const void *x = jk_at(a->x, (size_t)t * a->ldx, type);
	void *y = jk_at(a->y, (size_t)t * a->ldy, type);
	uint32_t i;

	#pragma omp simd
	for (i = 0; i < a->n; i++) {
		float v = factor[i] * jk_load(x, i, type);

		if (shift)
			v += shift[i];
		if (a->accumulate)
			v += jk_load(y, i, type);
		jk_store(y, i, type, v);
	}
}

JK_HOST_OP(scale_columns)
{
	uint32_t t;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->n))
	for (t = 0; t < a->n_rows; t++) {
		if (a->type == JK_BF16)
			row_typed(a, t, JK_BF16);
		else
			row_typed(a, t, JK_F32);
	}
	return 0;
}
