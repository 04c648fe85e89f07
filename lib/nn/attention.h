#ifndef JK_NN_ATTENTION_H
#define JK_NN_ATTENTION_H

#include "nn/block.h"

/*
 * Grouped-query attention, over all earlier tokens or the last of them:
 *
 *	normed = norm(x)
 *	qkv = normed W_qkv (+ bias) (+ LoRA)
 *	q, k = rms_norm per head				(qk_norm)
 *	v = rms_norm per head, without weights			(v_norm)
 *	q, k = rope(q, k)			(not learned_positions)
 *	out, lse = attention(q, k, v)
 *	out = out * sigmoid(gate)			(gated_attention)
 *	y = x + out W_o (+ bias) (+ LoRA), the norm of it with post_norms
 *
 * With gated_attention W_qkv gives each head its query and, behind it, its
 * gate.  The way back needs x, raw or qk_raw, qkv, out, lse and branch.  A
 * layer's state is its keys and values [key rows, 2 G D], k then v in a row: a
 * sequence reads those of its prefix where they stand.
 *
 * A layer that shares keys and values (jk_layer_kv) has W_q alone.  Without a
 * cache it reads kv, where the layer that has them leaves a copy, and their
 * gradient is summed in d_kv, from the last layer to that one.  With a cache the
 * state is that layer's, and its own takes no bytes.
 */
extern const struct jk_block jk_attention_block;

/* Numbers of a row of kv and d_kv; 0 of a layer that shares nothing. */
uint64_t jk_shared_kv_numbers(const struct jk_config *c, uint32_t layer);

#endif
