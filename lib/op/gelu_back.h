#ifndef JK_OP_GELU_BACK_H
#define JK_OP_GELU_BACK_H

#include "op/shared.h"

/*
 * dx[t, i] = dy[t, i] * gelu'(x[t, i])
 *
 * Shapes as in gelu; dy rows ldy apart; dx rows ldx apart, and may be x itself
 * (in place).  y, where it is wanted, is gelu's, in rows as dy's.
 * Tolerance host/Vulkan: 2e-5 of the largest element.
 */
struct jk_gelu_back {
	JK_ACT x;
	JK_ACT dy;
	JK_ACT dx;
	JK_ACT y;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* F */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_gelu_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(gelu_back);

JK_DISPATCH(gelu_back)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	return jk_linear(d, JK_SHADER_gelu_back, (uint64_t)a->n_rows * a->dim,
	    JK_GROUP);
}
#endif

#endif
