#ifndef JK_OP_APPLY_MASK_H
#define JK_OP_APPLY_MASK_H

#include "op/shared.h"

/*
 * y[t, k] = (mask[t, k] ? kept : dropped) * x[t, k]	(accumulate: +=)
 *
 * Dropout of what is more than a LoRA's input: with 1 / (1 - p) and 0 what it
 * leaves of x, with 1 - 1 / (1 - p) and 1 what it takes away.
 *
 * x and y [T, K] in type; mask [T, ceil(K / 32)] words, as dropout_mask writes
 * them.  Tolerance host/Vulkan: 1e-6 of the largest |y| (one or two roundings).
 */
struct jk_apply_mask {
	JK_ACT x;
	JK_WORDS mask;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* K */
	uint32_t type;
	uint32_t accumulate;
	float kept;
	float dropped;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_apply_mask) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(apply_mask);

JK_DISPATCH(apply_mask)
{
	d->constants[JK_CONST_MASKED] = 1;
	return jk_linear(d, JK_SHADER_apply_mask, (uint64_t)a->n_rows *
	    a->dim, JK_GROUP);
}
#endif

#endif
