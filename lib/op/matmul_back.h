#ifndef JK_OP_MATMUL_BACK_H
#define JK_OP_MATMUL_BACK_H

#include "op/matmul.h"

/*
 * dx[m, k] = sum_n dy[m, n] * W[n, k]			(flags & ACCUMULATE: +=)
 *
 * The way back through matmul, to its input: the same W [N, K], not transposed
 * in memory.  dy [M, N] in type, rows ldy apart; dx [M, K] in type_x, rows ldx
 * apart.  Accumulation in f32.
 * Tolerance host/Vulkan: 2e-5 of the largest |dx| (f32, N up to 4096).
 *
 * With JK_MATMUL_HALF as matmul, on any number of rows, h(s dy) in place of
 * h(s x).  Gradients are small: a row of dy has a norm of about 1 / tokens of the
 * step, an element that over sqrt(N).  With s = 2^12 elements from 1.5e-8 to 16 are
 * rounded as well as any, those from 1.5e-11 on to 7e-12, and beyond 16 a gradient
 * has exploded.
 *
 * With dz, lora_back_x is in the product:
 *
 *	dx[m, k] += keep_scale * sum_p mask[p, m, k]
 *		* sum_r dz[m, p * R + r] * A[p * R + r, k]
 *
 * with its shapes, T = M.  Since each p has a dropout of its own these are no inner
 * columns: they are added to outputs on their way out, in f32 in whatever the product
 * is.  So dx is written once, and not read.
 * The host runs lora_back_x behind the product, and its bits are those of the two.
 */
#define JK_MATMUL_BACK_SCALE 4096

struct jk_matmul_back {
	JK_ACT dy;
	JK_WEIGHTS w;
	JK_ACT dx;
	JK_FLOATS dz;	/* or absent, and so are a and mask */
	JK_FLOATS a;
	JK_WORDS mask;	/* or absent */
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t ldy;
	uint32_t ldx;
	uint32_t weight_type;
	uint32_t type;	/* of dy */
	uint32_t type_x;	/* of dx */
	uint32_t flags;
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	float keep_scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_matmul_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(matmul_back);
JK_HOST_NEED(matmul_back);

static inline bool
jk_matmul_back_takes_matrices(const struct jk_matmul_back *a,
    const struct jk_gpu *gpu)
{
	return (a->flags & JK_MATMUL_HALF) && gpu->matrix.kind;
}

JK_DISPATCH(matmul_back)
{
	const uint32_t n_beside = a->flags >> 16 ? a->flags >> 16 : 1;

	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	d->constants[JK_CONST_WIDE_WEIGHT] = jk_wide_weight(a->w, a->k);
	d->constants[JK_CONST_WIDE] = a->n % 4 == 0 && a->k % 4 == 0 &&
	    jk_wide(a->dy, a->ldy, a->dx, a->ldx);
	d->constants[JK_CONST_LORA] = a->dz != 0;
	d->constants[JK_CONST_WIDE_LORA] = jk_wide(a->dz, a->rank, a->a, a->k);
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	if (jk_matmul_back_takes_matrices(a, gpu))
		return jk_tiled_matrix(d, gpu, gpu->matrix.kind ==
		    JK_MATRIX_BF16 ? JK_SHADER_matmul_back_bf16 :
		    JK_SHADER_matmul_back_f16, a->m, a->k,
		    n_beside, err);
	return jk_tiled(d, JK_SHADER_matmul_back, a->m, a->k, n_beside, err);
}
#endif

#endif
