#ifndef JK_OP_ROPE_BACK_Z_H
#define JK_OP_ROPE_BACK_Z_H

#include "op/shared.h"

/*
 * The way back through rope, in place, and lora_back_z of the rows that the turned
 * heads stand in front of, the gradients of q, k and v, which have no gaps:
 *	dz[t, p * R + r] = scale[p] * sum_n x[t, n] * B[n, r],
 *	first[p] <= n < first[p + 1]
 *
 * One operation, as rms_norm_down is.  Shapes as there; x [T, first[P]], rows ldx
 * apart, B [first[P], R], dz [T, P * R] f32.
 * Tolerance host/Vulkan: 2e-5 of the largest of each.
 */
struct jk_rope_back_z {
	JK_MADE x;
	JK_ROWS rows;
	JK_FLOATS table;
	JK_FLOATS b;
	JK_FLOATS dz;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* H, turned */
	uint32_t head_dim;	/* D */
	uint32_t rotary_dim;	/* E */
	uint32_t ldx;
	uint32_t type;
	uint32_t n_positions;	/* in table */
	uint32_t n_proj;	/* P, of q, k, v */
	uint32_t rank;	/* R */
	uint32_t first[4];	/* outputs; first[0] is 0 */
	float scale[3];
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_rope_back_z) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(rope_back_z);
JK_HOST_NEED(rope_back_z);

JK_DISPATCH(rope_back_z)
{
	return jk_lora_inner(d, JK_SHADER_rope_back_z, a->n_rows, 1, err);
}
#endif

#endif
