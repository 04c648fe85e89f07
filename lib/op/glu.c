#include "op/glu.h"

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/glu_sigmoid.h"

JK_INLINE void
glu(const void *gate, const void *up, void *y, uint32_t n, uint32_t kind,
    uint32_t type)
{
	uint32_t i;

	#pragma omp simd
	for (i = 0; i < n; i++) {
		float g = jk_load(gate, i, type), u = jk_load(up, i, type);

		jk_store(y, i, type, g * jk_glu_sigmoid(g, kind) * u);
	}
}

static void
glu_row(const struct jk_glu *a, uint32_t t)
{
	const void *gate = jk_at(a->gate, (size_t)t * a->ldx, a->type);
	const void *up = jk_at(a->up, (size_t)t * a->ldx, a->type);
	void *y = jk_at(a->y, (size_t)t * a->ldy, a->type);

	if (a->type == JK_BF16) {
		if (a->kind == JK_GLU_SILU)
			glu(gate, up, y, a->dim, JK_GLU_SILU, JK_BF16);
		else
			glu(gate, up, y, a->dim, JK_GLU_GELU, JK_BF16);
	} else {
		if (a->kind == JK_GLU_SILU)
			glu(gate, up, y, a->dim, JK_GLU_SILU, JK_F32);
		else
			glu(gate, up, y, a->dim, JK_GLU_GELU, JK_F32);
	}
}

JK_HOST_OP(glu)
{
	uint32_t t;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		glu_row(a, t);
	return 0;
}
