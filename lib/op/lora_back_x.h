#ifndef JK_OP_LORA_BACK_X_H
#define JK_OP_LORA_BACK_X_H

#include "op/shared.h"

/*
 * dx[t, k] += keep_scale * sum_p mask[p, t, k]
 *	* sum_r dz[t, p * R + r] * A[p * R + r, k]
 *
 * Shapes as in lora_down; dx [T, K] in type, rows ldx apart.
 * Tolerance host/Vulkan: 2e-5 of the largest |dx|.
 */
struct jk_lora_back_x {
	JK_FLOATS dz;
	JK_FLOATS a;
	JK_WORDS mask;
	JK_ACT dx;
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t dim;	/* K */
	uint32_t ldx;
	uint32_t type;
	float keep_scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_back_x) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_back_x);

JK_DISPATCH(lora_back_x)
{
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	return jk_grid(d, JK_SHADER_lora_back_x, jk_over(a->dim, JK_GROUP),
	    jk_over(a->n_rows, JK_LORA_ROWS), err);
}
#endif

#endif
