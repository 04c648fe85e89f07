#ifndef JK_OP_RMS_NORM_BACK_H
#define JK_OP_RMS_NORM_BACK_H

#include "op/shared.h"

/*
 * With s and the shapes of rms_norm, u[i] = dy[t, g, i] *
 * (weight_offset + w[i]):
 *	dx[t, g, i] = s * (u[i] - x[t, g, i] * s^2 * mean_j(u[j] * x[t, g, j]))
 * added to dx when accumulate is 1.  dx = dy (in place) is allowed when
 * accumulate is 0.  y, where it is wanted, is rms_norm's, in rows as dy's.  The
 * weights are frozen: no gradient for w.
 * Tolerance host/Vulkan: 1e-5 relative.
 */
struct jk_rms_norm_back {
	JK_ACT x;
	JK_FLOATS w;
	JK_ACT dy;
	JK_ACT dx;
	JK_ACT y;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t n_groups;
	uint32_t dim;
	uint32_t step;	/* groups of x and of dx */
	uint32_t ldx;
	uint32_t ldy;	/* of dy and y */
	uint32_t ldd;	/* of dx */
	uint32_t type;
	uint32_t accumulate;	/* 0 or 1 */
	float eps;
	float weight_offset;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_rms_norm_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(rms_norm_back);

JK_DISPATCH(rms_norm_back)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	d->constants[JK_CONST_HELD] = (uint32_t)jk_over(a->dim, JK_GROUP);
	return jk_linear(d, JK_SHADER_rms_norm_back,
	    (uint64_t)a->n_rows * a->n_groups, 1);
}
#endif

#endif
