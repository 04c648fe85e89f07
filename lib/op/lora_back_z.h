#ifndef JK_OP_LORA_BACK_Z_H
#define JK_OP_LORA_BACK_Z_H

#include "op/lora_outputs.h"

/*
 * dz[t, p * R + r] = scale[p] * sum_n dy[t, column[p] + n] * B[row[p] + n, r]
 *
 * The way back through lora_up: dy in type, rows ldy apart; B [sum N, R] f32; dz
 * [T, P * R] f32.  Tolerance host/Vulkan: 2e-5 of the largest |dz|.
 */
struct jk_lora_back_z {
	JK_ACT dy;
	JK_FLOATS b;
	JK_FLOATS dz;
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t ldy;
	uint32_t type;
	JK_OUTPUT outputs[JK_LORA_PROJECTIONS];
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_back_z) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_back_z);
JK_HOST_NEED(lora_back_z);

JK_DISPATCH(lora_back_z)
{
	return jk_lora_inner(d, JK_SHADER_lora_back_z, a->n_rows,
	    jk_lora_blocks(a->n_proj, a->rank), err);
}
#endif

#endif
