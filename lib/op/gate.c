#include "op/gate.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_INLINE void
head(const void *x, const void *gate, void *y, uint32_t n, uint32_t kind,
    uint32_t type)
{
	uint32_t i;

#pragma omp simd
	for (i = 0; i < n; i++) {
		float g = jk_load(gate, i, type);
		float s = kind == JK_GATE_BILINEAR ? 1 : jk_sigmoidf(g);

		jk_store(y, i, type, jk_load(x, i, type) *
		    (kind == JK_GATE_SIGMOID ? s : g * s));
	}
}

JK_INLINE void
row(const struct jk_gate *a, uint32_t t, uint32_t kind, uint32_t type)
{
	uint32_t h;

	for (h = 0; h < a->n_heads; h++) {
		const size_t at = (size_t)h * a->head_dim;

		head(jk_at(a->x, (size_t)t * a->ldx + at, type),
		    jk_at(a->gate, (size_t)t * a->ldg + (size_t)h * a->step,
		    type), jk_at(a->y, (size_t)t * a->ldy + at, type),
		    a->head_dim, kind, type);
	}
}

JK_INLINE void
row_of_kind(const struct jk_gate *a, uint32_t t, uint32_t type)
{
	if (a->kind == JK_GATE_SILU)
		row(a, t, JK_GATE_SILU, type);
	else if (a->kind == JK_GATE_BILINEAR)
		row(a, t, JK_GATE_BILINEAR, type);
	else
		row(a, t, JK_GATE_SIGMOID, type);
}

static void
row_typed(const struct jk_gate *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_of_kind(a, t, JK_BF16);
	else
		row_of_kind(a, t, JK_F32);
}

JK_HOST_OP(gate)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_heads * a->head_dim))
	for (t = 0; t < a->n_rows; t++)
		row_typed(a, t);
	return 0;
}
