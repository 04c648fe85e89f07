#ifndef JK_OP_GATE_BACK_H
#define JK_OP_GATE_BACK_H

#include "op/gate.h"

/*
 * The way back through gate:
 *	dx[t, h, i]    = dy[t, h, i] * act(gate[t, h, i])
 *	dgate[t, h, i] = dy[t, h, i] * x[t, h, i] * act'(gate[t, h, i])
 * dy and dx [T, H, D] in type, rows ldy apart; x as in gate; dgate as gate
 * is.  dx = dy (in place) is allowed.
 * Tolerance host/Vulkan: 2e-5 of the largest element of each.
 */
struct jk_gate_back {
	JK_ACT x;
	JK_ACT gate;
	JK_ACT dy;
	JK_ACT dx;
	JK_ACT dgate;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* H */
	uint32_t head_dim;	/* D */
	uint32_t ldx;
	uint32_t ldg;	/* of gate and dgate */
	uint32_t ldy;	/* of dy and dx */
	uint32_t step;
	uint32_t kind;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_gate_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(gate_back);

JK_DISPATCH(gate_back)
{
	return jk_linear(d, JK_SHADER_gate_back, (uint64_t)a->n_rows *
	    a->n_heads * a->head_dim, JK_GROUP);
}
#endif

#endif
