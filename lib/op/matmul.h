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
 *
 * With JK_MATMUL_HALF, on a Vulkan device that multiplies such matrices (struct
 * jk_gpu, matrix), and for more rows than 8 that need no order of their own,
 *
 *	y[m, n] = (1 / s) sum_k h(s x[m, k]) * h(W[n, k]) + bias[n]
 *
 * where h rounds to the nearest number of 16 bits and s is a power of two; products
 * and their sums are f32, in an order of the device's.  h is bf16 where the device
 * has that, else f16, which reaches from 6e-8 (whole precision: 6e-5) to 65504: what
 * is larger becomes infinity, so that the result is no number and a step with it is
 * refused.  Activations are of the order of 1, but some models have single ones of
 * 10^5 behind their gates: with s = 2^-4 they may be 10^6, and what is below 10^-3
 * is rounded to multiples of 10^-6.  Gradients are small (op/matmul_back.h).
 * Elsewhere it is as if the flag were not there.
 * Tolerance: as above where h changes nothing; else 2^-10 (bf16: 2^-7) of the
 * largest |y|.
 */
/* flags of matmul and matmul_back */
#define JK_MATMUL_ACCUMULATE 1u
#define JK_MATMUL_ROWWISE 2u
#define JK_MATMUL_INT8 4u
#define JK_MATMUL_HALF 8u
/* of matmul_back alone: one of n products that need not wait for each other */
#define JK_MATMUL_BESIDE(n) ((n) << 16)

#define JK_MATMUL_SCALE 0.0625	/* s */

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

/* Whether a call is multiplied by cooperative matrices. */
static inline bool
jk_matmul_takes_matrices(const struct jk_matmul *a, const struct jk_gpu *gpu)
{
	return (a->flags & JK_MATMUL_HALF) && gpu->matrix.kind && a->m > 8 &&
	    !(a->flags & JK_MATMUL_ROWWISE);
}

JK_DISPATCH(matmul)
{
	const uint32_t rows = a->m == 1 ? 1 : a->m <= 4 ? 4 : 8, outputs = 4;
	const bool is_tiled = a->m > 8 && !(a->flags & JK_MATMUL_ROWWISE);

	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	d->constants[JK_CONST_WIDE_WEIGHT] = jk_wide_weight(a->w, a->k);
	d->constants[JK_CONST_BIASED] = a->bias != 0;
	d->constants[JK_CONST_WIDE] = a->k % 8 == 0 &&
	    (!is_tiled || a->n % 4 == 0) &&
	    jk_wide(a->x, a->ldx, a->y, a->ldy);
	if (jk_matmul_takes_matrices(a, gpu))
		return jk_tiled_matrix(d, gpu, gpu->matrix.kind ==
		    JK_MATRIX_BF16 ? JK_SHADER_matmul_bf16 :
		    JK_SHADER_matmul_f16, a->m, a->n, 1, err);
	if (is_tiled)
		return jk_tiled(d, JK_SHADER_matmul, a->m, a->n, 1, err);
	d->constants[JK_CONST_ROWS] = rows;
	d->constants[JK_CONST_OUTPUTS] = outputs;
	d->cut = JK_CUT_Y;
	return jk_grid(d, JK_SHADER_matmul_rows, jk_groups(a->n, outputs *
	    (uint32_t)jk_over(JK_GROUP, gpu->subgroup_size)),
	    jk_over(a->m, rows), err);
}
#endif

#endif
