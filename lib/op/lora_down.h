#ifndef JK_OP_LORA_DOWN_H
#define JK_OP_LORA_DOWN_H

#include "op/shared.h"

/*
 * z[t, p * R + r] = keep_scale
 *	* sum_k mask[p, t, k] * x[t, k] * A[p * R + r, k]
 *
 * The down-projections of P projections that share their input, as one.
 * x [T, K] in type, rows ldx apart; A [P * R, K] f32; mask as dropout_mask
 * writes it, absent: all kept; keep_scale = 1 / (1 - dropout), or 1; z
 * [T, P * R] f32.
 * Tolerance host/Vulkan: 2e-5 of the largest |z|.
 * Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models",
 * 2021; dropout as in PEFT, on the input.
 */
struct jk_lora_down {
	JK_ACT x;
	JK_FLOATS a;
	JK_WORDS mask;
	JK_FLOATS z;
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t dim;	/* K */
	uint32_t ldx;
	uint32_t type;
	float keep_scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_down) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_down);

JK_DISPATCH(lora_down)
{
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	return jk_lora_inner(d, JK_SHADER_lora_down, a->n_rows,
	    jk_lora_blocks(a->n_proj, a->rank), err);
}
#endif

#endif
