#ifndef JK_OP_DORA_NORM_H
#define JK_OP_DORA_NORM_H

#include "op/shared.h"

/*
 * norm[n] = sqrt(sum_k (W[n, k] + scale * sum_r B[n, r] * A[r, k])^2)
 * factor[n] = magnitude[n] / norm[n]
 *
 * The lengths of the rows of a weight with its LoRA, and what they are scaled
 * by to have DoRA's magnitudes.
 *
 * W [N, K] in weight_type, decoded as it is loaded; A [R, K], B [N, R],
 * magnitude, norm and factor [N] f32; magnitude and factor may both be absent.
 * Tolerance host/Vulkan: 2e-6 of the largest norm, 1e-5 of the largest factor.
 * Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", 2024,
 * arXiv 2402.09353, eq. 5.
 */
struct jk_dora_norm {
	JK_WEIGHTS w;
	JK_FLOATS a;
	JK_FLOATS b;
	JK_FLOATS magnitude;
	JK_FLOATS norm;
	JK_FLOATS factor;
	uint32_t n;	/* N */
	uint32_t k;	/* K */
	uint32_t rank;	/* R */
	uint32_t weight_type;
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_dora_norm) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(dora_norm);
JK_HOST_NEED(dora_norm);

JK_DISPATCH(dora_norm)
{
	const uint32_t rows = JK_DORA_ROWS * (uint32_t)jk_over(JK_GROUP,
	    gpu->subgroup_size);

	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	d->constants[JK_CONST_SCALED] = a->factor != 0;
	return jk_linear(d, JK_SHADER_dora_norm, a->n, rows);
}
#endif

#endif
