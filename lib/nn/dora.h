#ifndef JK_NN_DORA_H
#define JK_NN_DORA_H

#include "nn/lora.h"
#include "nn/weights.h"

/*
 * DoRA in training, as PEFT does it.  Of a projection with the weight W [N, K],
 * A [R, K], B [N, R], magnitudes m [N], the scale s and inputs x [T, K]:
 *
 *	norm[n] = |W[n] + s B[n] A|		[N], lengths of rows
 *	f[n] = m[n] / norm[n]			[N]
 *	x' = dropout(x)				[T, K]; x where there is none
 *	u = x' (W + s B A)'			[T, N]
 *	y = f u + (x - x') W' + bias		[T, N]
 *
 * which PEFT writes as x W' + bias + (f - 1) x' W' + f s x' A' B'.  Norms are
 * constants on the way back; with dy [T, N]:
 *
 *	du = f dy				[T, N]
 *	dm[n] = sum_t dy[t, n] u[t, n] / norm[n]
 *	dB = s du' (x' A'),  dA = s (du B)' x'
 *	dx = mask (du (W + s B A)) + (1 - mask) (dy W)
 *
 * where x' = mask x.  So dropout takes two products with W in place of one,
 * each way; PEFT's does as well.  A new adapter's B is 0 and its m is |W|: f is
 * 1.
 *
 * Norms change with the parameters: before each step and each evaluation W is
 * read once, with R multiply-adds for each of its numbers, however large the
 * batch is.  The norm of the sum is taken as it stands.  With |W|^2 kept,
 * |W|^2 + 2 s (W A')[n] B[n] + s^2 |B[n] A|^2 has the same reads and
 * multiply-adds in its W A', and loses digits where the terms cancel.
 *
 * Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation", 2024,
 * arXiv 2402.09353, eq. 5 and section 4.3; PEFT's tuners/lora/dora.py.
 */

/*
 * Norms and factors of all projections, of the parameters as they are now.  An
 * arena without magnitudes has neither: nothing is done for it, by both.
 */
int jk_dora_norms(const struct jk_lora *lora, const struct jk_weights *w,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The magnitudes of a new adapter, whose A and B are in the arena: the norms.
 * Errors: JK_EDATA where one is 0 or not finite, so that nothing can be scaled
 * to it; as the device fails.
 */
int jk_dora_begin(const struct jk_lora *lora, const struct jk_weights *w,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
