#ifndef JK_NN_DELTA_H
#define JK_NN_DELTA_H

#include "nn/block.h"

/*
 * Linear attention by a gated delta rule (Qwen3.5's Gated DeltaNet):
 *
 *	normed = rms_norm(x)
 *	qkv, z, b, a = normed W_in (+ LoRA)
 *	q, k, v = conv1d(qkv), each channel its own, and SiLU
 *	q, k = each head of length 1
 *	g, beta = delta_gates(b, a)
 *	out = delta_rule(q, k, v, g, beta) / sqrt(D_k)
 *	y = x + (rms_norm per head(out) * SiLU(z)) W_out (+ LoRA)
 *
 * Norms of heads scale by w, whatever the others do.  The way back needs x, in
 * and out, and computes the rest again.  A layer's state is that of the rule
 * and the last inputs of the convolution, for each prefix and each sequence of
 * a cache: [slots, G_v, D_k, D_v] f32, then [slots, kernel - 1, channels].
 * Source: transformers, models/qwen3_5/modeling_qwen3_5.py.
 */
extern const struct jk_block jk_delta_block;

#endif
