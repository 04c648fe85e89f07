#ifndef JK_OP_GLU_BACK_Z_H
#define JK_OP_GLU_BACK_Z_H

#include "op/shared.h"

/*
 * glu_back, and lora_back_z of what comes out, the gradients of both projections'
 * outputs, dgate and dup = dgate + F, in the same rows:
 *	dz[t, r]     = scale[0] * sum_i dgate[t, i] * B[i, r]
 *	dz[t, R + r] = scale[1] * sum_i dup[t, i] * B[F + i, r]
 *
 * One operation, as rms_norm_down is.  Shapes as there; B [2F, R], dz [T, 2R] f32.
 * Tolerance host/Vulkan: 2e-5 of the largest of each.
 */
struct jk_glu_back_z {
	JK_ACT gate;
	JK_ACT up;
	JK_ACT dy;
	JK_MADE dgate;
	JK_ACT y;	/* or absent */
	JK_FLOATS b;
	JK_FLOATS dz;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* F */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t kind;
	uint32_t rank;	/* R */
	uint32_t type;
	float scale[2];
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_glu_back_z) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(glu_back_z);
JK_HOST_NEED(glu_back_z);

JK_DISPATCH(glu_back_z)
{
	d->constants[JK_CONST_AGAIN] = a->y != 0;
	return jk_lora_inner(d, JK_SHADER_glu_back_z, a->n_rows, 1, err);
}
#endif

#endif
