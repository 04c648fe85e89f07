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
			float g = jk_load(gate, i, type), s = jk_sigmoidf(g);
			float act = kind == JK_GATE_SILU ? g * s : s;
			float slope = kind == JK_GATE_SILU ?
			    s + g * s * (1 - s) : s * (1 - s);
			float d = jk_load(dy, i, type);

			jk_store(dgate, i, type, d * jk_load(x, i, type) *
			    slope);
			jk_store(dx, i, type, d * act);
		}
	}
}

static void
row_typed(const struct jk_gate_back *a, uint32_t t)
{
	if (a->type == JK_BF16 && a->kind == JK_GATE_SILU)
		row(a, t, JK_GATE_SILU, JK_BF16);
	else if (a->type == JK_BF16)
		row(a, t, JK_GATE_SIGMOID, JK_BF16);
	else if (a->kind == JK_GATE_SILU)
		row(a, t, JK_GATE_SILU, JK_F32);
	else
		row(a, t, JK_GATE_SIGMOID, JK_F32);
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
