#ifndef JK_OP_LORA_UP_H
#define JK_OP_LORA_UP_H

#include "op/shared.h"

/*
 * y[t, n] += scale * sum_r z[t, r] * B[n, r]
 *
 * z [T, R] f32, rows ldz apart (a slice of lora_down's result); B [N, R] f32;
 * y [T, N] in type, rows ldy apart; scale is alpha / R, or alpha / sqrt(R) with
 * rsLoRA.
 * Tolerance host/Vulkan: 1e-5 of the largest |y|.
 */
struct jk_lora_up {
	JK_FLOATS z;
	JK_FLOATS b;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t rank;	/* R */
	uint32_t n;	/* N */
	uint32_t ldz;
	uint32_t ldy;
	uint32_t type;
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_up) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_up);
JK_HOST_NEED(lora_up);

JK_DISPATCH(lora_up)
{
	return jk_grid(d, JK_SHADER_lora_up, jk_over(a->n, JK_GROUP),
	    jk_over(a->n_rows, JK_LORA_ROWS), err);
}
#endif

#endif
