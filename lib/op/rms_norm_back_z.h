#ifndef JK_OP_RMS_NORM_BACK_Z_H
#define JK_OP_RMS_NORM_BACK_Z_H

#include "op/shared.h"

/*
 * rms_norm_back of whole rows, and lora_back_z of what comes out, the gradient of
 * another projection's outputs:
 *	dz[t, r] = scale * sum_n dx[t, n] * B[n, r]
 *
 * One operation, as rms_norm_down is.  Shapes as there; B [K, R] f32 with K the rows'
 * dim, dz [T, R] f32.
 * Tolerance host/Vulkan: 2e-5 of the largest of each.
 */
struct jk_rms_norm_back_z {
	JK_ACT x;
	JK_FLOATS w;
	JK_ACT dy;
	JK_MADE dx;
	JK_ACT y;	/* or absent */
	JK_FLOATS b;
	JK_FLOATS dz;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* K */
	uint32_t ldx;
	uint32_t ldy;	/* of dy and y */
	uint32_t ldd;	/* of dx */
	uint32_t rank;	/* R */
	uint32_t type;
	uint32_t accumulate;	/* 0 or 1 */
	float eps;
	float weight_offset;
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_rms_norm_back_z) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(rms_norm_back_z);
JK_HOST_NEED(rms_norm_back_z);

JK_DISPATCH(rms_norm_back_z)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	d->constants[JK_CONST_HELD] = (uint32_t)jk_over(a->dim, JK_GROUP);
	return jk_lora_inner(d, JK_SHADER_rms_norm_back_z, a->n_rows, 1, err);
}
#endif

#endif
