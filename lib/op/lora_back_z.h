#ifndef JK_OP_LORA_BACK_Z_H
#define JK_OP_LORA_BACK_Z_H

#include "op/shared.h"

/*
 * dz[t, r] = scale * sum_n dy[t, n] * B[n, r]
 *
 * dy [T, N] in type, rows ldy apart; B [N, R] f32; dz [T, R] f32, rows ldz
 * apart.  Tolerance host/Vulkan: 2e-5 of the largest |dz|.
 */
struct jk_lora_back_z {
	JK_ACT dy;
	JK_FLOATS b;
	JK_FLOATS dz;
	uint32_t n_rows;	/* T */
	uint32_t rank;	/* R */
	uint32_t n;	/* N */
	uint32_t ldy;
	uint32_t ldz;
	uint32_t type;
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_back_z) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_back_z);
JK_HOST_NEED(lora_back_z);

JK_DISPATCH(lora_back_z)
{
	return jk_lora_inner(d, gpu, JK_SHADER_lora_back_z, a->n_rows, 1,
	    a->rank, err);
}
#endif

#endif
