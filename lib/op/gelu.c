#include "op/gelu.h"

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/glu_sigmoid.h"

JK_INLINE void
row_typed(const struct jk_gelu *a, uint32_t t, uint32_t type)
{
	const void *x = jk_at(a->x, (size_t)t * a->ldx, type);
	void *y = jk_at(a->y, (size_t)t * a->ldy, type);
	uint32_t i;

#pragma omp simd
	for (i = 0; i < a->dim; i++) {
		float v = jk_load(x, i, type);

		jk_store(y, i, type, v * jk_glu_sigmoid(v, JK_GLU_GELU));
	}
}

static void
row(const struct jk_gelu *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16);
	else
		row_typed(a, t, JK_F32);
}

JK_HOST_OP(gelu)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
