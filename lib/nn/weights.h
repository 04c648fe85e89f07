#ifndef JK_NN_WEIGHTS_H
#define JK_NN_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/dev.h"
#include "nn/layer.h"

/*
 * A model's weights on a device, in the forms that a tool needs; nn/load.h puts
 * them there.
 *
 * The projections of a group are one matrix where the device can stack them
 * (same type and k).  Where it cannot, the group has several parts, in the
 * same order, with the same rows of outputs.
 */

/* A group's matrices: part i's outputs begin at column[i]. */
struct jk_matrix {
	int n_parts;
	struct jk_weight parts[JK_GROUP_MAX];
	uint32_t column[JK_GROUP_MAX];
};

/*
 * Of a layer; 0 where it has none.  All vectors are f32; behind the weights of
 * a LayerNorm stand its biases, [2, C].
 */
struct jk_layer_weights {
	enum jk_layer_kind kind;
	struct jk_matrix groups[2][JK_N_GROUPS];	/* by jk_weight_use */
	uint64_t bias[JK_N_GROUPS];	/* [jk_group_n] */
	struct {
		uint64_t norm, post_norm;	/* [C] before and behind */
		uint64_t q_norm, k_norm;	/* [D]; wide [H D], [G D] */
	} attention;
	struct {
		uint64_t norm;	/* [C] before */
		uint64_t conv;	/* [kernel, channels] */
		uint64_t a_log, dt_bias;	/* [value heads] */
		uint64_t out_norm;	/* [value_dim] of each head's output */
	} delta;
	struct {
		uint64_t norm;	/* [C] before */
		uint64_t kernels;	/* [conv_kernel, C] */
	} short_conv;
	struct {
		uint64_t norm, post_norm;	/* [C] before and behind */
	} mlp;
	struct {
		uint64_t post_norm;	/* [C] behind */
		uint64_t scale;	/* [C] of one number, the stream's */
	} per_layer;
};

struct jk_weights {
	struct jk_dev *dev;
	const struct jk_config *config;
	enum jk_precision precision;
	uint32_t type;		/* of activations: JK_F32 or JK_BF16 */
	unsigned uses;		/* bits 1 << jk_weight_use that are loaded */
	/* of products, and of those that int8 takes (cpu/dot_int8.h) */
	uint32_t n_matrices, n_int8;
	struct jk_weight embedding;	/* [V, C] for look-ups */
	struct jk_matrix head[2];	/* [V, C], by jk_weight_use */
	uint64_t positions;	/* [max_position_embeddings, C] f32, or 0 */
	uint64_t norm;		/* [C] f32, the last norm, over logits_scale */
	/* [key_dim] f32 of linear attention: with it rms_norm gives length 1 */
	uint64_t unit;
	uint64_t ones;		/* f32, for a head's norm of v (v_norm); or 0 */
	/* of per-layer embeddings (nn/per_layer.h), where there are any */
	struct {
		struct jk_weight embedding;	/* [V, L P] for look-ups */
		struct jk_matrix projection[2];	/* [L P, C], by use */
		uint64_t norm;	/* [P] f32, over sqrt(2) */
	} per_layer;
	struct jk_layer_weights *layers;
	/* cosines and sines (op/rope.h); 0 of kinds without, as with learned
	 * positions */
	uint64_t rope[JK_N_LAYER_KINDS];
	uint64_t no_rope;	/* ones and zeros, of layers without RoPE; or 0 */
	uint32_t n_positions;	/* that a sequence may have */
	/*
	 * The residual stream is kept divided by residual_scale, so that blocks
	 * add to it as they are: norms do not see it but for their epsilon.
	 */
	float embedding_scale;	/* of such a stream */
	float norm_eps;		/* of norms of such a stream */

	uint64_t *owned;	/* vectors and tables that release frees */
	int n_owned;
};

/* Bytes of an activation. */
static inline uint32_t
jk_weights_act_bytes(const struct jk_weights *w)
{
	return (uint32_t)jk_element_bytes(w->type);
}

#endif
