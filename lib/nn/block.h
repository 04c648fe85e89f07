#ifndef JK_NN_BLOCK_H
#define JK_NN_BLOCK_H

#include <stddef.h>

#include "nn/cache.h"
#include "nn/lora.h"
#include "nn/weights.h"

/*
 * What the decoder's layers are built of.  A block adds to the residual
 * stream,
 *
 *	y = x + f(norm(x)),  or x + norm(f(norm(x)))  (post_norms),
 *	or x + norm(f(x))  (no_pre_norms as well)
 *
 * with RMSNorm or LayerNorm, and stands in a file of its own, forward and back
 * beside each other, with tables of the weights and of the buffers that it
 * needs.  The decoder walks layers and their blocks; who plans memory walks
 * the tables.
 */

/* Dropout on LoRA's inputs; threshold 0 means none (op/dropout_mask.h). */
struct jk_dropout {
	uint32_t threshold;	/* round(65536 * p) */
	float keep_scale;	/* 1 / (1 - p) */
	uint32_t step;
	uint64_t seed;
};

/*
 * NEFTune's uniform noise on the embedding; magnitude 0 means none
 * (op/add_noise.h).  The magnitude is alpha / sqrt(L C), where L is the number
 * of tokens of the effective batch's longest record: what transformers takes
 * where a batch is one padded array.
 */
struct jk_noise {
	float magnitude;
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
	struct jk_noise noise;
	uint64_t grad;		/* of LoRA (+=), placed as lora->arena is */
	uint64_t clipping;	/* told of losses not finite (op/clip.h), or 0 */
	uint32_t n_rows;	/* T */
	uint64_t rows;		/* [T] struct jk_row */
	uint64_t kv_rows;	/* [T] words, kv_row of each (generation) */
	uint32_t n_keys;	/* key rows: T in training, else the cache's */
	const struct jk_cache *cache;	/* generation; else NULL */
	/* per-layer embeddings (nn/per_layer.h): [T, layers, P] of these rows,
	 * and as much to compute them in; 0 where there are none */
	uint64_t per_layer, per_layer_work;
};

/* Of the gradients that may be computed beside each other (op/lora_partial.h). */
enum { JK_LORA_PARTIALS = 8,
	JK_LORA_PARTIALS_BYTES = JK_LORA_PARTIALS * JK_LORA_PARTIAL_BYTES };

/*
 * Addresses of what a layer computes, with C for hidden size, H heads, G
 * key/value heads, D head_dim, F intermediate size (of the layer), P size of
 * per-layer embeddings, T rows (op/shared.h).  In the weights' activation type
 * unless said.  Layers may share all but x, and
 * where there is no way back x, mid and out may be the same; what the way back
 * needs (marked *) is each layer's own in training.
 */
struct jk_layer_buffers {
	uint64_t x;		/* * [T, C] the residual stream that enters */
	/* * [T, C] between the blocks */
	uint64_t mid[JK_LAYER_BLOCKS - 1];
	uint64_t out;		/* * [T, C] the next layer's x */
	uint64_t normed;	/*   [T, C] the input of a block's f */
	uint64_t d;		/*   [T, C] the residual stream's gradient */
	uint64_t d_normed;	/*   [T, C] */

	/* LoRA, of each group: * z [T, n_proj R] f32; * the dropout masks of
	 * all, [n_proj, T, ceil(K / 32)] words of each behind each other, 0
	 * without dropout; dz as z, of the largest group, two of them */
	uint64_t z[JK_N_GROUPS], masks, dz[2];
	/* where the groups of its gradients meet, JK_LORA_PARTIALS_BYTES, 0 at
	 * first; 0 where the device does not split sums (struct jk_dev) */
	uint64_t partial;
	/* DoRA in training (nn/dora.h), else 0: of each group * u
	 * [T, jk_group_n]; du, of the largest; with dropout a side of the
	 * inputs [T, K], of the largest */
	uint64_t u[JK_N_GROUPS], du, dropped;

	/* generation: what the layer keeps of earlier tokens, as its block
	 * lays it out; 0 in training */
	uint64_t state;

	struct {
		uint64_t raw;	/* * [T, 2 (H + G) D] with gates (gated) */
		uint64_t gated;	/*   [T, H D] out, gated */
		uint64_t d_raw;	/*   [T, 2 (H + G) D] */
		uint64_t qk_raw;	/* * [T, (H + G) D] before norms; with
					 * v_norm as qkv */
		/* * [T, (H + 2G) D] q, k after RoPE; [T, H D] where k and v
		 * are another layer's */
		uint64_t qkv;
		uint64_t out;	/* * [T, H D] */
		uint64_t lse;	/* * [T, H] f32 */
		uint64_t branch;	/* * [T, C] before post_norm */
		uint64_t d_qkv;	/*   as qkv */
		uint64_t d_out;	/*   [T, H D] */
		uint64_t delta;	/*   [T, H] f32 */
		/* of all layers that look at the same keys, 0 where it is one
		 * or there is a cache: * [T, 2 G D] k after RoPE, v; its
		 * gradient; what one layer adds to that */
		uint64_t kv, d_kv, d_kv_term;
	} attention;
	/* linear attention; G_k and G_v heads of D_k and D_v, Q = 2 G_k D_k,
	 * V = G_v D_v */
	struct {
		uint64_t in;	/* * [T, Q + V + V + 2 G_v] projections */
		uint64_t conv;	/*   [T, Q + V] behind the convolution */
		uint64_t qk;	/*   [T, Q] of length 1 */
		uint64_t gates;	/*   [T, 2, G_v] f32 */
		uint64_t states;	/*   [2, G_v, D_k, D_v] f32 of a pack */
		uint64_t out;	/* * [T, V] */
		uint64_t normed;	/*   [T, V] */
		uint64_t gated;	/*   [T, V] */
		uint64_t d_out;	/*   [T, V] */
		uint64_t d_qk;	/*   [T, Q] */
		uint64_t d_conv;	/*   [T, Q + V] */
		uint64_t d_gates;	/*   [T, 2, G_v] f32 */
		uint64_t d_in;	/*   as in */
		uint64_t work;	/*   op/delta_rule_back.h */
	} delta;
	struct {
		uint64_t in;	/* * [T, 3, C] projections */
		uint64_t x;	/*   [T, C] gated */
		uint64_t y;	/*   [T, C] behind the convolution */
		uint64_t gated;	/*   [T, C] */
		uint64_t d_y;	/*   [T, C] */
		uint64_t d_in;	/*   as in */
	} short_conv;
	struct {
		uint64_t gate;	/* * [T, P]; back: its gradient */
		uint64_t input;	/*   [T, P] the layer's; back: scratch */
		uint64_t act;	/*   [T, P] */
		uint64_t branch;	/* * [T, C] before the norm */
		uint64_t d_act;	/*   [T, P] */
	} per_layer;
	struct {
		/* * [T, 2F], ungated [T, F]; back: its gradient */
		uint64_t gate_up;
		uint64_t act;	/*   [T, F] */
		uint64_t branch;	/* * [T, C] before post_norm */
		uint64_t d_act;	/*   [T, F] */
	} mlp;
};

enum jk_vector_form {
	JK_VECTOR_PLAIN,
	JK_VECTOR_TURNED,	/* a matrix [n, k], loaded as [k, n] */
	JK_VECTOR_SPREAD	/* one number, loaded as [C] of it */
};

/* A vector of a layer, where the model has it: of a norm and the like. */
struct jk_block_vector {
	enum jk_module module;
	size_t member;		/* of its address in struct jk_layer_weights */
	enum jk_vector_form form;
};

enum { JK_BLOCK_MAX_VECTORS = 5 };

enum jk_buffer_life {
	JK_BUFFER_LOCAL,	/* while the block runs, either way */
	JK_BUFFER_KEPT,		/* from the way forward to the way back */
	JK_BUFFER_SAVED,	/* KEPT; 0 where there is no way back */
	JK_BUFFER_BACK		/* while the block's way back runs */
};

/* A buffer with a row for each of the pass, or more. */
struct jk_block_buffer {
	const char *name;	/* for people; NULL ends a table */
	enum jk_buffer_life life;
	size_t member;		/* of its address in struct jk_layer_buffers */
	bool is_f32;		/* whatever the activation type is */
	/* numbers of a row; 0: the layer needs none */
	uint64_t (*width)(const struct jk_config *c, uint32_t layer);
	/* f32: numbers beside those of the rows; or NULL */
	uint64_t (*more)(const struct jk_config *c);
};

struct jk_block {
	struct jk_block_vector vectors[JK_BLOCK_MAX_VECTORS];
	int n_vectors;
	const struct jk_block_buffer *buffers;
	/* bytes of a layer's state for a cache; NULL: it mixes no tokens */
	uint64_t (*state_bytes)(const struct jk_config *c, uint32_t layer,
	    uint32_t type, const struct jk_cache *cache);
	/* y [T, C] from x [T, C], which may be the same */
	int (*forward)(const struct jk_pass *p, uint32_t layer,
	    const struct jk_layer_buffers *b, uint64_t x, uint64_t y,
	    struct jk_err *err);
	/*
	 * b->d: the gradient of y in, that of x out; with is_last, nothing
	 * being below, the latter is not wanted.  Gradients of LoRA's matrices
	 * go to p->grad.
	 */
	int (*back)(const struct jk_pass *p, uint32_t layer,
	    const struct jk_layer_buffers *b, uint64_t x, bool is_last,
	    struct jk_err *err);
};

/* The address of element i of an activation. */
static inline uint64_t
jk_act_at(const struct jk_pass *p, uint64_t address, uint64_t i)
{
	return address + i * jk_weights_act_bytes(p->weights);
}

#endif
