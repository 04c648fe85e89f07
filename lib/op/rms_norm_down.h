#ifndef JK_OP_RMS_NORM_DOWN_H
#define JK_OP_RMS_NORM_DOWN_H

#include "op/shared.h"

/*
 * rms_norm of whole rows, and lora_down of what comes out:
 *	y[t, :] = rms_norm(x[t, :])
 *	z[t, p * R + r] = keep_scale
 *	* sum_k mask[p, t, k] * y[t, k] * A[p * R + r, k]
 *
 * One operation (dev/fuse.h), since a GPU's group that has made rows need not wait
 * for others to multiply them with A.  Shapes as there, K the rows' dim.
 * Tolerance host/Vulkan: 2e-5 of the largest of each.
 */
struct jk_rms_norm_down {
	JK_ACT x;
	JK_FLOATS w;
	JK_MADE y;
	JK_FLOATS a;
	JK_WORDS mask;
	JK_FLOATS z;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* K */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t type;
	float eps;
	float weight_offset;
	float keep_scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_rms_norm_down) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(rms_norm_down);

JK_DISPATCH(rms_norm_down)
{
	d->constants[JK_CONST_HELD] = (uint32_t)jk_over(a->dim, JK_GROUP);
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	return jk_lora_inner(d, JK_SHADER_rms_norm_down, a->n_rows, 1, err);
}
#endif

#endif
