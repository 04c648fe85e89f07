#ifndef JK_NN_DECODER_H
#define JK_NN_DECODER_H

#include "nn/lora.h"
#include "nn/weights.h"

/*
 * The decoder's way forward, for every family and both devices.
 *
 * A layer is, with C for hidden size, H heads, G key/value heads, D head_dim,
 * F intermediate size, T rows (lib/op/shared.h):
 *
 *	x [T, C]		the residual stream that enters
 *	normed = rms_norm(x)					attn_norm
 *	qkv = normed W_qkv (+ bias) (+ LoRA)
 *	q, k = rms_norm per head				(qk_norm)
 *	q, k = rope(q, k)
 *	attn, lse = attention(q, k, v)
 *	branch = attn W_o (+ LoRA)
 *	mid = x + branch,  or x + rms_norm(branch)		(post_norms)
 *	normed = rms_norm(mid)					mlp_norm
 *	gate_up = normed W_gate_up (+ LoRA)
 *	act = glu(gate, up)
 *	branch = act W_down (+ LoRA)
 *	out = mid + branch,  or mid + rms_norm(branch)		(post_norms)
 *
 * Who calls gives an address for each of these.  Generation lets all layers
 * share them, and x, mid and out be the same; training keeps what the way
 * back needs (marked *), and may let the rest share.  Everything is in the
 * weights' activation type unless said; sizes are in elements.
 */
struct jk_layer_buffers {
	uint64_t x;		/* * [T, C] */
	uint64_t attn_normed;	/*   [T, C] (recomputable from x) */
	uint64_t qk_raw;	/* * [T, (H + G) D] q and k before their norms;
				 *   0: not kept; only with qk_norm */
	uint64_t qkv;		/* * [T, (H + 2G) D] q and k after RoPE */
	uint64_t attn;		/* * [T, H D] */
	uint64_t lse;		/* * [T, H] f32, or 0 */
	uint64_t attn_branch;	/* * [T, C] only used with post_norms */
	uint64_t mid;		/* * [T, C] may be x */
	uint64_t mlp_normed;	/*   [T, C] may be attn_normed; with post_norms
				 *   the layer ends with something else there */
	uint64_t gate_up;	/* * [T, 2F] */
	uint64_t act;		/*   [T, F] (recomputable from gate_up) */
	uint64_t mlp_branch;	/* * [T, C] only used with post_norms */
	uint64_t out;		/* * [T, C] the next layer's x; may be mid */

	/* * LoRA, of each group (the same for all where nothing is kept):
	 * z [T, n_proj R] f32; the dropout mask [n_proj, T, ceil(K / 32)]
	 * words, 0 without dropout */
	uint64_t z[JK_N_GROUPS];
	uint64_t mask[JK_N_GROUPS];

	/* generation: keys and values [pass.n_keys, 2 G D], k then v in a
	 * row; 0 in training, where keys are read from qkv */
	uint64_t kv_cache;
};

/* Dropout on LoRA's inputs; threshold 0 means none (op/dropout_mask.h). */
struct jk_dropout {
	uint32_t threshold;	/* round(65536 * p) */
	float keep_scale;	/* 1 / (1 - p) */
	uint32_t step;
	uint64_t seed;
};

/* One pass of T rows. */
struct jk_pass {
	const struct jk_weights *weights;
	enum jk_weight_use use;	/* MATRIX: many rows; VECTOR: decoding */
	bool rowwise;		/* JK_MATMUL_ROWWISE in every product */
	const struct jk_lora *lora;	/* NULL: none */
	struct jk_dropout dropout;
	uint32_t n_rows;	/* T */
	uint64_t rows;		/* [T] struct jk_row */
	uint64_t kv_rows;	/* [T] words, kv_row of each (generation) */
	uint32_t n_keys;	/* key rows: T in training, else the cache's */
};

/* Bytes of a type of activations per element: 4 or 2. */

/* y [T, C] = embedding of the rows' tokens, scaled. */
int jk_decoder_embed(const struct jk_pass *p, uint64_t y, struct jk_err *err)
	JK_WARN_UNUSED;

/* One layer, as above.  Fails as the device does. */
int jk_decoder_layer(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The projections of a group with LoRA: y [T, jk_group_n] from x [T,
 * jk_group_k].  Part of a layer; exported for recomputation and tests.
 * accumulate: y += (then LoRA comes on top as well).
 */
int jk_decoder_project(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, uint64_t x, uint64_t y, bool accumulate,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;


/* y [T, F] = glu(gate_up). */
int jk_decoder_act(const struct jk_pass *p, uint64_t gate_up, uint64_t y,
    struct jk_err *err) JK_WARN_UNUSED;

/* y [T, C] = the norm of x [T, C] with weights at w (mlp_norm …). */
int jk_decoder_norm(const struct jk_pass *p, uint64_t x, uint64_t w,
    uint64_t y, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The head on some rows: hidden [n, C] = x[index[i], :] (the last layer's
 * out), normed [n, C] = the last norm of it, logits [n, V] f32.  index [n]
 * words; 0: the first n rows as they are, then hidden is not written.
 * In place (hidden = normed) is allowed.  n may be any chunk.
 */
struct jk_head_pass {
	uint32_t n;
	uint32_t n_x;		/* rows behind x */
	uint64_t x;
	uint64_t index;
	uint64_t hidden;
	uint64_t normed;
	uint64_t logits;
};
int jk_decoder_head(const struct jk_pass *p, const struct jk_head_pass *h,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
