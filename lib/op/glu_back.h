#ifndef JK_OP_GLU_BACK_H
#define JK_OP_GLU_BACK_H

#include "op/shared.h"

/*
 * dgate[t, i] = dy[t, i] * up[t, i] * act'(gate[t, i])
 * dup[t, i]   = dy[t, i] * act(gate[t, i])
 *
 * Shapes as in glu; dy rows ldy apart; dgate and dup rows ldx apart, and may be
 * gate and up themselves (in place).  y, where it is wanted, is glu's, in rows as
 * dy's.
 * Tolerance host/Vulkan: 2e-5 of the largest element.
 */
struct jk_glu_back {
	JK_ACT gate;
	JK_ACT up;
	JK_ACT dy;
	JK_ACT dgate;
	JK_ACT dup;
	JK_ACT y;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* F */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t kind;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_glu_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(glu_back);

JK_DISPATCH(glu_back)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	return jk_linear(d, JK_SHADER_glu_back, (uint64_t)a->n_rows * a->dim,
	    JK_GROUP);
}
#endif

#endif
