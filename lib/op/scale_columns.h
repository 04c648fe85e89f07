#ifndef JK_OP_SCALE_COLUMNS_H
#define JK_OP_SCALE_COLUMNS_H

#include "op/shared.h"

/*
 * y[t, n] = factor[n] * x[t, n] + shift[n]		(accumulate: +=)
 *
 * DoRA's magnitudes over norms, on what a product and its LoRA have made and on
 * the gradient that comes back.
 *
 * x [T, N] and y [T, N] in type, rows ldx and ldy apart; they may be the same.
 * factor [N] f32; shift [N] f32, or absent.
 * Tolerance host/Vulkan: 1e-6 of the largest |y| (one to three roundings).
 * Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", 2024.
 */
struct jk_scale_columns {
	JK_ACT x;
	JK_FLOATS factor;
	JK_FLOATS shift;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t n;		/* N */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;
	uint32_t accumulate;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_scale_columns) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(scale_columns);

JK_DISPATCH(scale_columns)
{
	d->constants[JK_CONST_BIASED] = a->shift != 0;
	return jk_linear(d, JK_SHADER_scale_columns, (uint64_t)a->n_rows *
	    a->n, JK_GROUP);
}
#endif

#endif
