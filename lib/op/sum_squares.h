#ifndef JK_OP_SUM_SQUARES_H
#define JK_OP_SUM_SQUARES_H

#include "op/shared.h"

/*
 * partial[b] = sum of x[i]^2 over block b of JK_SUM_BLOCK elements
 *
 * x [n] f32; partial [ceil(n / JK_SUM_BLOCK)] f32.  The gradient norm is the root
 * of their sum (op/clip.h).  A fixed order, so equal bits every run.
 * Tolerance host/Vulkan: 1e-5 relative.
 */
struct jk_sum_squares {
	JK_FLOATS x;
	JK_FLOATS partial;
	uint32_t n;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_sum_squares) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(sum_squares);

JK_DISPATCH(sum_squares)
{
	return jk_linear(d, JK_SHADER_sum_squares, a->n, JK_SUM_BLOCK);
}
#endif

#endif
