#include "op/gelu_back.h"

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/glu_sigmoid.h"

JK_INLINE void
row_typed(const struct jk_gelu_back *a, uint32_t t, uint32_t type)
{
	const void *x = jk_at(a->x, (size_t)t * a->ldx, type);
	const void *dy = jk_at(a->dy, (size_t)t * a->ldy, type);
	void *dx = jk_at(a->dx, (size_t)t * a->ldx, type);
	void *y = a->y ? jk_at(a->y, (size_t)t * a->ldy, type) : NULL;
	uint32_t i;

	/* in place, each element is read before it is written */
#pragma omp simd
	for (i = 0; i < a->dim; i++) {
		float value, slope;

		jk_glu_act(jk_load(x, i, type), JK_GLU_GELU, &value, &slope);
		jk_store(dx, i, type, jk_load(dy, i, type) * slope);
		if (y)
			jk_store(y, i, type, value);
	}
}

static void
row(const struct jk_gelu_back *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16);
	else
		row_typed(a, t, JK_F32);
}

JK_HOST_OP(gelu_back)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
