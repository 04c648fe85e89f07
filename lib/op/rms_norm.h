#ifndef JK_OP_RMS_NORM_H
#define JK_OP_RMS_NORM_H

#include "op/shared.h"

/*
 * For each row t and group g:
 *	s = 1 / sqrt(mean_i(x[t, g, i]^2) + eps)
 *	y[t, g, i] = x[t, g, i] * s * (weight_offset + w[i])
 *
 * x and y [T, groups, dim] in type, rows ldx and ldy elements apart, groups of
 * x `step` apart: dim, or more where something else stands between; w [dim]
 * f32.  groups is 1 for the norms of a layer, H or G for the per-head norms of
 * Qwen 3 and Gemma 3.  weight_offset is 1 for Gemma, else 0.  In place (x = y)
 * is allowed where step is dim.  Statistics in f32.
 * Tolerance host/Vulkan: 1e-6 relative.
 * Source: Zhang, Sennrich, "Root Mean Square Layer Normalization", 2019.
 */
struct jk_rms_norm {
	JK_ACT x;
	JK_FLOATS w;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t n_groups;
	uint32_t dim;
	uint32_t step;
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;
	float eps;
	float weight_offset;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_rms_norm) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(rms_norm);

JK_DISPATCH(rms_norm)
{
	d->constants[JK_CONST_HELD] = (uint32_t)jk_over(a->dim, JK_GROUP);
	return jk_linear(d, JK_SHADER_rms_norm,
	    (uint64_t)a->n_rows * a->n_groups, 1);
}
#endif

#endif
