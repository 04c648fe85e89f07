#ifndef JK_OP_ATTENTION_DOT_H
#define JK_OP_ATTENTION_DOT_H

#include "op/shared.h"

/*
 * delta[t, h] = sum_i dy[t, h, i] * y[t, h, i]
 *
 * The term that attention_back subtracts.  y and dy [T, H, D] in type, rows ldy
 * apart; delta [T, H] f32.
 * Tolerance host/Vulkan: 1e-5 of the largest |delta|.
 */
struct jk_attention_dot {
	JK_ACT y;
	JK_ACT dy;
	JK_FLOATS delta;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* H */
	uint32_t head_dim;	/* D */
	uint32_t ldy;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_attention_dot) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(attention_dot);

JK_DISPATCH(attention_dot)
{
	return jk_linear(d, JK_SHADER_attention_dot,
	    (uint64_t)a->n_rows * a->n_heads, JK_GROUP);
}
#endif

#endif
