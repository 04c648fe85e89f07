#include "op/glu_back.h"

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/glu_sigmoid.h"

JK_INLINE void
row_typed(const struct jk_glu_back *a, uint32_t t, uint32_t type,
    uint32_t kind)
{
	const void *gate = jk_at(a->gate, (size_t)t * a->ldx, type);
	const void *up = jk_at(a->up, (size_t)t * a->ldx, type);
	const void *dy = jk_at(a->dy, (size_t)t * a->ldy, type);
	void *dgate = jk_at(a->dgate, (size_t)t * a->ldx, type);
	void *dup = jk_at(a->dup, (size_t)t * a->ldx, type);
	void *y = a->y ? jk_at(a->y, (size_t)t * a->ldy, type) : NULL;
	uint32_t i;

	/* in place, each element is read before it is written */
#pragma omp simd
	for (i = 0; i < a->dim; i++) {
		float g = jk_load(gate, i, type), u = jk_load(up, i, type);
		float d = jk_load(dy, i, type), value, slope;

		jk_glu_act(g, kind, &value, &slope);
		jk_store(dgate, i, type, d * u * slope);
		jk_store(dup, i, type, d * value);
		if (y)
			jk_store(y, i, type, value * u);
	}
}

static void
row(const struct jk_glu_back *a, uint32_t t)
{
	if (a->type == JK_BF16 && a->kind == JK_GLU_SILU)
		row_typed(a, t, JK_BF16, JK_GLU_SILU);
	else if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16, JK_GLU_GELU);
	else if (a->kind == JK_GLU_SILU)
		row_typed(a, t, JK_F32, JK_GLU_SILU);
	else
		row_typed(a, t, JK_F32, JK_GLU_GELU);
}

JK_HOST_OP(glu_back)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
