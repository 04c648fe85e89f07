#ifndef JK_OP_SCALE_COLUMNS_H
#define JK_OP_SCALE_COLUMNS_H

#include "op/shared.h"

/*
 * y[t, n] = factor[n] * y[t, n] + shift[n], in place: DoRA's magnitudes over
 * norms, on what a product and its LoRA have made.
 *
 * y [T, N] in type, rows ldy apart; factor and shift [N] f32.
 * Tolerance host/Vulkan: 1e-6 of the largest |y| (one or two roundings).
 * Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", 2024.
 */
struct jk_scale_columns {
	JK_FLOATS factor;
	JK_FLOATS shift;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t n;		/* N */
	uint32_t ldy;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_scale_columns) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(scale_columns);

JK_DISPATCH(scale_columns)
{
	return jk_linear(d, JK_SHADER_scale_columns, (uint64_t)a->n_rows *
	    a->n, JK_GROUP);
}
#endif

#endif
