#ifndef JK_OP_DELTA_GATES_BACK_H
#define JK_OP_DELTA_GATES_BACK_H

#include "op/shared.h"

/*
 * The way back through delta_gates, with s(v) = 1 / (1 + exp(-v)):
 *	dx[t, 0, h] = dy[t, 1, h] * s(x[t, 0, h]) * (1 - s(x[t, 0, h]))
 *	dx[t, 1, h] = dy[t, 0, h] * -exp(a_log[h]) *
 *	    s(x[t, 1, h] + dt_bias[h])
 * dx in type, rows ldd apart; dy [T, 2, G_v] f32; the rest as there.  a_log and
 * dt_bias are frozen.
 * Tolerance host/Vulkan: 1e-5 of the largest.
 */
struct jk_delta_gates_back {
	JK_ACT x;
	JK_FLOATS a_log;
	JK_FLOATS dt_bias;
	JK_FLOATS dy;
	JK_ACT dx;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* G_v */
	uint32_t ldx;
	uint32_t ldd;	/* of dx */
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_delta_gates_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(delta_gates_back);

JK_DISPATCH(delta_gates_back)
{
	return jk_linear(d, JK_SHADER_delta_gates_back, (uint64_t)a->n_rows *
	    a->n_heads, JK_GROUP);
}
#endif

#endif
