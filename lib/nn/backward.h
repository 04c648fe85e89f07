#ifndef JK_NN_BACKWARD_H
#define JK_NN_BACKWARD_H

#include "nn/decoder.h"

/*
 * The decoder's way back: gradients of LoRA's matrices, of nothing else (the
 * weights are frozen, and nothing is below the embedding).
 *
 * What jk_decoder_layer left in struct jk_layer_buffers is needed where its
 * comments have a star; attn_normed, mlp_normed and act are recomputed in
 * place, and gate_up becomes its own gradient.  Buffers in the weights'
 * activation type unless said; all layers share them.
 */
struct jk_back_buffers {
	uint64_t d;		/* [T, C] the residual stream's gradient: in,
				 * behind the layer; out, before it */
	uint64_t d_norm;	/* [T, C] */
	uint64_t d_attn;	/* [T, H D] */
	uint64_t d_qkv;		/* [T, (H + 2G) D] */
	uint64_t d_act;		/* [T, F] */
	uint64_t delta;		/* [T, H] f32 */
	uint64_t dz;		/* [T, n_proj R] f32, of the largest group */
	uint64_t grad;		/* gradients (+=), placed as lora->arena is */
};

/*
 * One layer.  Layer 0 leaves no gradient in d.  Fails as the device does.
 */
int jk_decoder_layer_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, const struct jk_back_buffers *g,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Loss of a chunk of rows and, with `back`, the gradient that enters the
 * last layer: jk_decoder_head's rows h; targets [n] words; loss [n] f32.
 * scale multiplies the gradient.  The gradient goes to the rows of d [T, C]
 * that h->index names; h->hidden is needed, h->normed and h->logits are
 * overwritten.
 */
struct jk_loss_pass {
	uint64_t targets;
	uint64_t loss;
	bool back;
	uint64_t d;
	float scale;
};
int jk_decoder_loss(const struct jk_pass *p, const struct jk_head_pass *h,
    const struct jk_loss_pass *l, struct jk_err *err) JK_WARN_UNUSED;

#endif
