#ifndef JK_NN_DROPOUT_H
#define JK_NN_DROPOUT_H

#include "nn/block.h"

/* Dropout on the inputs of LoRA (op/dropout_mask.h). */

/*
 * The masks of a layer's targeted projections, where there is dropout: before any
 * of its groups.  Fails as the device does.
 */
int jk_dropout_masks(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;
/* Those of a group; 0 without dropout. */
uint64_t jk_dropout_masks_of(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, const struct jk_layer_buffers *b);
/* What is kept is multiplied by. */
float jk_dropout_scale(const struct jk_pass *p);

#endif
