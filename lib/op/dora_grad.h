#ifndef JK_OP_DORA_GRAD_H
#define JK_OP_DORA_GRAD_H

#include "op/shared.h"

/*
 * dm[n] += sum_t dy[t, n] * u[t, n] / norm[n]
 *
 * The gradient of DoRA's magnitudes from that of y = m / norm * u.
 *
 * dy and u [T, N] in type, rows ldy and ldu apart; norm and dm [N] f32.  The
 * sum over t has a fixed order.
 * Tolerance host/Vulkan: 2e-5 of the largest |dm|.
 * Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", 2024,
 * arXiv 2402.09353, section 4.3: norms are constants.
 */
struct jk_dora_grad {
	JK_ACT dy;
	JK_ACT u;
	JK_FLOATS norm;
	JK_FLOATS dm;
	uint32_t n_rows;	/* T */
	uint32_t n;	/* N */
	uint32_t ldy;
	uint32_t ldu;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_dora_grad) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(dora_grad);

JK_DISPATCH(dora_grad)
{
	return jk_linear(d, JK_SHADER_dora_grad, a->n, JK_DORA_COLUMNS);
}
#endif

#endif
