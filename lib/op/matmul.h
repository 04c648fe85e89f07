#ifndef JK_OP_MATMUL_H
#define JK_OP_MATMUL_H

#include "op/shared.h"

/*
 * y[m, n] = sum_k x[m, k] * W[n, k] + bias[n]		(flags & ACCUMULATE: +=)
 *
 * x [M, K] in type, rows ldx elements apart; W [N, K] in weight_type, decoded
 * as it is loaded; bias [N] f32 or absent; y [M, N] in type_y, rows ldy apart.
 * Accumulation in f32 always.  With JK_MATMUL_ROWWISE the sum over k of a row
 * has one order whatever M is, so that a row's result does not depend on the
 * rows beside it.
 * With JK_MATMUL_INT8, on the host alone, x is quantized and products are those of
 * cpu/dot_int8.h, so that none of it depends on other rows; where it does not take
 * the weights' type it is as if the flag were not there.
 * Tolerance host/Vulkan: 2e-5 of the largest |y| (f32, K up to 4096).
 */
/* flags of matmul and matmul_back */
#define JK_MATMUL_ACCUMULATE 1u
#define JK_MATMUL_ROWWISE 2u
#define JK_MATMUL_INT8 4u

struct jk_matmul {
	JK_ACT x;
	JK_WEIGHTS w;
	JK_FLOATS bias;
	JK_ACT y;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t ldx;
	uint32_t ldy;
	uint32_t weight_type;
	uint32_t type;	/* of x */
	uint32_t type_y;
	uint32_t flags;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_matmul) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(matmul);
JK_HOST_NEED(matmul);

JK_DISPATCH(matmul)
{
	const uint32_t rows = a->m == 1 ? 1 : a->m <= 4 ? 4 : 8, outputs = 4;

	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	d->constants[JK_CONST_WIDE_WEIGHT] = jk_wide_weight(a->w, a->k);
	d->constants[JK_CONST_BIASED] = a->bias != 0;
	d->constants[JK_CONST_WIDE] = a->k % 8 == 0 &&
	    jk_wide(a->x, a->ldx, a->y, a->ldy);
	if (a->m > 8 && !(a->flags & JK_MATMUL_ROWWISE))
		return jk_tiled(d, JK_SHADER_matmul, a->m, a->n, err);
	d->constants[JK_CONST_ROWS] = rows;
	d->constants[JK_CONST_OUTPUTS] = outputs;
	d->cut = JK_CUT_Y;
	return jk_grid(d, JK_SHADER_matmul_rows, jk_groups(a->n, outputs *
	    (uint32_t)jk_over(JK_GROUP, gpu->subgroup_size)),
	    jk_over(a->m, rows), err);
}
#endif

#endif
