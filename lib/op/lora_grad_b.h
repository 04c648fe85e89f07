#ifndef JK_OP_LORA_GRAD_B_H
#define JK_OP_LORA_GRAD_B_H

#include "op/lora_outputs.h"
#include "op/lora_partial.h"

/*
 * dB[row[p] + n, r] += scale[p]
 *	* sum_t dy[t, column[p] + n] * z[t, p * R + r]
 *
 * dy in type, rows ldy apart; z [T, P * R] f32; dB [sum N, R] f32.  The sum over
 * t has a fixed order; partial as in lora_grad_a.
 * Tolerance host/Vulkan: 2e-5 of the largest |dB|.
 */
struct jk_lora_grad_b {
	JK_ACT dy;
	JK_FLOATS z;
	JK_FLOATS db;
	JK_SHARED_FLOATS partial;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t ldy;
	uint32_t type;
	JK_OUTPUT outputs[JK_LORA_PROJECTIONS];
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_grad_b) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_grad_b);
JK_HOST_NEED(lora_grad_b);

JK_DISPATCH(lora_grad_b)
{
	return jk_lora_split(d, JK_SHADER_lora_grad_b, jk_lora_most(a->outputs,
	    a->n_proj), a->n_proj, a->rank, a->partial ? a->n_rows : 0, err);
}
#endif

#endif
