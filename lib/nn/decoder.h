#ifndef JK_NN_DECODER_H
#define JK_NN_DECODER_H

#include "nn/block.h"

/*
 * The decoder's layers, for every family and both devices: each layer's blocks
 * one behind the other.  Both ways fail as the device does.  (The embedding
 * and what stands behind the last layer: nn/head.h.)
 */
extern const struct jk_block *const jk_blocks[JK_N_BLOCKS];

/* Bytes of what a layer keeps of the tokens of a cache. */
uint64_t jk_layer_state_bytes(const struct jk_config *c, uint32_t layer,
    uint32_t type, const struct jk_cache *cache);

/* One layer, from b->x to b->out. */
int jk_decoder_layer(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

/*
 * One layer back: gradients of LoRA's matrices, of nothing else (the weights
 * are frozen, and nothing is below the embedding), and in b->d the gradient
 * of out becomes that of x; of layer 0 there is none.  What jk_decoder_layer
 * left in the buffers with a star is needed; the others are computed again.
 */
int jk_decoder_layer_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

#endif
