#ifndef JK_OP_DELTA_GATES_H
#define JK_OP_DELTA_GATES_H

#include "op/shared.h"

/*
 * How much of the past a gated delta rule keeps, and how much of a token it
 * takes, of each value head h (G_v of them):
 *	y[t, 0, h] = -exp(a_log[h]) * softplus(x[t, 1, h] + dt_bias[h])
 *	y[t, 1, h] = 1 / (1 + exp(-x[t, 0, h]))
 * with softplus(v) = log(1 + exp(v)): the logarithm of a decay, never above 0,
 * and beta (op/delta_rule.h).
 *
 * x [T, 2, G_v] in type, rows ldx apart: b, then a; a_log and dt_bias [G_v]
 * f32; y [T, 2, G_v] f32.
 * Tolerance host/Vulkan: 1e-5 of the largest.
 * Source: Yang et al., "Gated Delta Networks", 2024; Gu, Dao, "Mamba", 2023.
 */
struct jk_delta_gates {
	JK_ACT x;
	JK_FLOATS a_log;
	JK_FLOATS dt_bias;
	JK_FLOATS y;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* G_v */
	uint32_t ldx;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_delta_gates) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(delta_gates);

JK_DISPATCH(delta_gates)
{
	return jk_linear(d, JK_SHADER_delta_gates, (uint64_t)a->n_rows *
	    a->n_heads, JK_GROUP);
}
#endif

#endif
