#ifndef JK_OP_SUM_SHARES_H
#define JK_OP_SUM_SHARES_H

#include "op/shared.h"

/*
 * y[i] = sum_s x[s * N + i], in the order of s.
 *
 * x [S, N] f32, y [N] f32, which may be x.  Tolerance host/Vulkan: equal bits.
 */
struct jk_sum_shares {
	JK_FLOATS x;
	JK_FLOATS y;
	uint32_t n;	/* N */
	uint32_t n_shares;	/* S */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_sum_shares) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(sum_shares);

JK_DISPATCH(sum_shares)
{
	return jk_linear(d, JK_SHADER_sum_shares, a->n, JK_GROUP);
}
#endif

#endif
