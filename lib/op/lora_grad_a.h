#ifndef JK_OP_LORA_GRAD_A_H
#define JK_OP_LORA_GRAD_A_H

#include "op/lora_partial.h"
#include "op/shared.h"

/*
 * dA[p * R + r, k] += keep_scale
 *	* sum_t dz[t, p * R + r] * mask[p, t, k] * x[t, k]
 *
 * Shapes as in lora_down; dz [T, P * R] f32; dA [P * R, K] f32.
 * The sum over t has a fixed order.
 * With `partial` (op/lora_partial.h) a device may share out the rows.
 * Tolerance host/Vulkan: 2e-5 of the largest |dA|.
 */
struct jk_lora_grad_a {
	JK_ACT x;
	JK_FLOATS dz;
	JK_WORDS mask;
	JK_FLOATS da;
	JK_SHARED_FLOATS partial;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t dim;	/* K */
	uint32_t ldx;
	uint32_t type;
	float keep_scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_grad_a) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_grad_a);

JK_DISPATCH(lora_grad_a)
{
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	return jk_lora_split(d, JK_SHADER_lora_grad_a, a->dim, a->n_proj,
	    a->rank, a->partial ? a->n_rows : 0, err);
}
#endif

#endif
