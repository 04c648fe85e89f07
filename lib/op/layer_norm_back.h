#ifndef JK_OP_LAYER_NORM_BACK_H
#define JK_OP_LAYER_NORM_BACK_H

#include "op/shared.h"

/*
 * With m, s and the shapes of layer_norm, u[i] = dy[t, i] * w[i] and
 * h[i] = (x[t, i] - m) * s:
 *	dx[t, i] = s * (u[i] - mean_j(u[j]) - h[i] * mean_j(u[j] * h[j]))
 * added to dx when accumulate is 1.  dx = dy (in place) is allowed when
 * accumulate is 0.  y, where it is wanted, is layer_norm's, in rows as dy's.  The
 * weights are frozen: no gradient for w and b.
 * Tolerance host/Vulkan: 1e-5 relative.
 */
struct jk_layer_norm_back {
	JK_ACT x;
	JK_FLOATS w;
	JK_ACT dy;
	JK_ACT dx;
	JK_FLOATS b;	/* for y */
	JK_ACT y;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t dim;
	uint32_t ldx;
	uint32_t ldy;	/* of dy and y */
	uint32_t ldd;	/* of dx */
	uint32_t type;
	uint32_t accumulate;	/* 0 or 1 */
	float eps;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_layer_norm_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(layer_norm_back);

JK_DISPATCH(layer_norm_back)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	d->constants[JK_CONST_HELD] = (uint32_t)jk_over(a->dim, JK_GROUP);
	return jk_linear(d, JK_SHADER_layer_norm_back, a->n_rows, 1);
}
#endif

#endif
