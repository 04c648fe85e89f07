#ifndef JK_OP_GATE_H
#define JK_OP_GATE_H

#include "op/shared.h"

/*
 * y[t, h, i] = x[t, h, i] * act(gate[t, h, i])
 *
 * act is the sigmoid, 1 / (1 + exp(-g)) (kind JK_GATE_SIGMOID), SiLU,
 * g / (1 + exp(-g)) (JK_GATE_SILU), or nothing, g (JK_GATE_BILINEAR).  x and y [T, H, D] in type, rows ldx and
 * ldy apart; gate [T, H, D] in type, rows ldg and heads `step` apart: D, or
 * more where something else of a head stands between.  In place (y = x) is
 * allowed.
 * Tolerance host/Vulkan: 1e-5 relative.
 * Source: Qiu et al., "Gated Attention for Large Language Models", 2025; Yang
 * et al., "Gated Delta Networks", 2024 (the output's gate); Shazeer, "GLU
 * Variants Improve Transformer", 2020 (bilinear).
 */
/* kind of gate and gate_back */
#define JK_GATE_SIGMOID 0u
#define JK_GATE_SILU 1u
#define JK_GATE_BILINEAR 2u

struct jk_gate {
	JK_ACT x;
	JK_ACT gate;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* H */
	uint32_t head_dim;	/* D */
	uint32_t ldx;
	uint32_t ldg;
	uint32_t ldy;
	uint32_t step;
	uint32_t kind;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_gate) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(gate);

JK_DISPATCH(gate)
{
	return jk_linear(d, JK_SHADER_gate, (uint64_t)a->n_rows * a->n_heads *
	    a->head_dim, JK_GROUP);
}
#endif

#endif
