#ifndef JK_NN_ATTENTION_H
#define JK_NN_ATTENTION_H

#include "nn/block.h"

/*
 * Grouped-query attention, over all earlier tokens or the last of them:
 *
 *	normed = norm(x)
 *	qkv = normed W_qkv (+ bias) (+ LoRA)
 *	q, k = rms_norm per head				(qk_norm)
 *	q, k = rope(q, k)			(not learned_positions)
 *	out, lse = attention(q, k, v)
 *	out = out * sigmoid(gate)			(gated_attention)
 *	y = x + out W_o (+ bias) (+ LoRA), the norm of it with post_norms
 *
 * With gated_attention W_qkv gives each head its query and, behind it, its
 * gate.  The way back needs x, raw or qk_raw, qkv, out, lse and branch.  A
 * layer's state is its keys and values [key rows, 2 G D], k then v in a row: a
 * sequence reads those of its prefix where they stand.
 */
extern const struct jk_block jk_attention_block;

#endif
