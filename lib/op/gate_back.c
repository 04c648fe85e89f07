#include "op/gate_back.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_INLINE void
row(const struct jk_gate_back *a, uint32_t t, uint32_t kind, uint32_t type)
{
	uint32_t h, i;

	for (h = 0; h < a->n_heads; h++) {
		const size_t at = (size_t)h * a->head_dim;
		const size_t at_gate = (size_t)t * a->ldg + (size_t)h *
		    a->step;
		const void *x = jk_at(a->x, (size_t)t * a->ldx + at, type);
		const void *gate = jk_at(a->gate, at_gate, type);
		const void *dy = jk_at(a->dy, (size_t)t * a->ldy + at, type);
		void *dx = jk_at(a->dx, (size_t)t * a->ldy + at, type);
		void *dgate = jk_at(a->dgate, at_gate, type);

		/* in place, each element is read before it is written */
#pragma omp simd
		for (i = 0; i < a->head_dim; i++) {
			float g = jk_load(gate, i, type);
			float s = kind == JK_GATE_BILINEAR ? 1 :
			    jk_sigmoidf(g);
			float act = kind == JK_GATE_SIGMOID ? s : g * s;
			float slope = kind == JK_GATE_SIGMOID ? s * (1 - s) :
			    s + g * s * (1 - s);
			float d = jk_load(dy, i, type);

			jk_store(dgate, i, type, d * jk_load(x, i, type) *
			    slope);
			jk_store(dx, i, type, d * act);
		}
	}
}

JK_INLINE void
row_of_kind(const struct jk_gate_back *a, uint32_t t, uint32_t type)
{
	if (a->kind == JK_GATE_SILU)
		row(a, t, JK_GATE_SILU, type);
	else if (a->kind == JK_GATE_BILINEAR)
		row(a, t, JK_GATE_BILINEAR, type);
	else
		row(a, t, JK_GATE_SIGMOID, type);
}

static void
row_typed(const struct jk_gate_back *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_of_kind(a, t, JK_BF16);
	else
		row_of_kind(a, t, JK_F32);
}

JK_HOST_OP(gate_back)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_heads * a->head_dim))
	for (t = 0; t < a->n_rows; t++)
		row_typed(a, t);
	return 0;
}
