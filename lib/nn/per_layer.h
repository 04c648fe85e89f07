#ifndef JK_NN_PER_LAYER_H
#define JK_NN_PER_LAYER_H

#include "nn/block.h"

/*
 * Per-layer embeddings (Gemma 4): a token has a vector [P] for each layer l
 * beside its embedding, and each layer ends with a block that lets it through
 * a gate:
 *
 *	input_l = (rms_norm(W_m x_0 / sqrt(C))_l + sqrt(P) E[token]_l) / sqrt(2)
 *	y = (x + rms_norm(W_p (gelu(W_g x) * input_l))) * scale_l
 *
 * x_0 is what enters the first layer.  W_m [L P, C], E [V, L P] and the norm
 * over P are the model's, W_g [P, C], W_p [C, P], the norm behind it and scale_l
 * the layer's.  The way back needs x, gate, branch and the pass's per_layer; the
 * inputs get no gradient, as nothing that is trained is behind them.
 * Source: transformers, models/gemma4/modeling_gemma4.py.
 */
extern const struct jk_block jk_per_layer_block;

/*
 * The inputs of all layers, into p->per_layer, from x_0 at x.  Fails as the
 * device does.
 */
int jk_per_layer_inputs(const struct jk_pass *p, uint64_t x,
    struct jk_err *err) JK_WARN_UNUSED;

/* Numbers of a row of the pass's per_layer; 0: the model has none. */
uint64_t jk_per_layer_numbers(const struct jk_config *c);

#endif
