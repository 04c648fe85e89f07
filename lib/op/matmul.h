#ifndef JK_OP_MATMUL_H
#define JK_OP_MATMUL_H

#include "op/constants.h"
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
 * has that (2^112 and more become no number), else f16, which reaches from 6e-8 (whole
 * precision: 6e-5) to 65504: what is larger becomes infinity, so that the result is
 * no number and a step with it is refused.  Activations are of the order of 1, but
 * some models have single ones of 10^5 behind their gates: with s = 2^-4 they may be
 * 10^6, and what is below 10^-3 is rounded to multiples of 10^-6.  Gradients are small
 * (op/matmul_back.h).
 * Elsewhere it is as if the flag were not there.
 * Tolerance: as above where h changes nothing; else 2^-10 (bf16: 2^-7) of the
 * largest |y|.
 *
 * With z, lora_up is in the product:
 *
 *	y[m, n] += scale[p] * sum_r z[m, p * R + r] * B[n, r] + residual[m, n]
 *
 * of P projections that share out all columns of y, p being that of n: they end
 * before columns end[0], end[1] …, the last one before N.  z [M, P * R] f32, as
 * lora_down writes it; B [N, R] f32; residual, or absent, in type_y, rows ldy apart.
 * In tiled shaders the inner dimension goes on over the ranks:
 *
 *	y = [x  z_0 z_1 …] [W  D]^T	D: blocks scale[p] B_p down the diagonal
 *
 * of which a tile takes those that its columns have.  So y is written once, and not
 * read.  (What is not finite in z may make all of the row so.)
 * With JK_MATMUL_HALF these are rounded like the others: z is of the size of x, if
 * not smaller; B is 0 at first, and after a step of Adam about as large as the
 * learning rate: where scale * B is 1e-5 or more, f16, in multiples of 6e-8, is within
 * 2^-8 of it.
 * The host runs lora_up behind the product, and its bits are those of the two.
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
	JK_FLOATS z;	/* or absent, and so are b and residual */
	JK_FLOATS b;
	JK_ACT residual;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t ldx;
	uint32_t ldy;
	uint32_t weight_type;
	uint32_t type;	/* of x */
	uint32_t type_y;
	uint32_t flags;
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t end[JK_LORA_PROJECTIONS - 1];
	float scale[JK_LORA_PROJECTIONS];
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_matmul) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(matmul);
JK_HOST_NEED(matmul);

/*
 * Whether m rows are multiplied in tiles; with z they are, however few, and then in
 * f32.
 */
static inline bool
jk_matmul_is_tiled(uint32_t m, uint32_t flags)
{
	return m > 8 && !(flags & JK_MATMUL_ROWWISE);
}

/* Whether a call is multiplied by cooperative matrices. */
static inline bool
jk_matmul_takes_matrices(const struct jk_matmul *a, const struct jk_gpu *gpu)
{
	return (a->flags & JK_MATMUL_HALF) && gpu->matrix.kind &&
	    jk_matmul_is_tiled(a->m, a->flags);
}

JK_DISPATCH(matmul)
{
	const uint32_t rows = a->m == 1 ? 1 : a->m <= 4 ? 4 : 8, outputs = 4;
	const bool is_tiled = a->z || jk_matmul_is_tiled(a->m, a->flags);

	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	d->constants[JK_CONST_WIDE_WEIGHT] = jk_wide_weight(a->w, a->k);
	d->constants[JK_CONST_BIASED] = a->bias != 0;
	d->constants[JK_CONST_WIDE] = a->k % 8 == 0 &&
	    (!is_tiled || a->n % 4 == 0) &&
	    jk_wide(a->x | a->residual, a->ldx, a->y, a->ldy);
	d->constants[JK_CONST_LORA] = a->z != 0;
	d->constants[JK_CONST_WIDE_LORA] = jk_wide(a->z, a->rank, a->b,
	    a->rank);
	d->constants[JK_CONST_RESIDUAL] = a->residual != 0;
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
