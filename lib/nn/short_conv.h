#ifndef JK_NN_SHORT_CONV_H
#define JK_NN_SHORT_CONV_H

#include "nn/block.h"

/*
 * A gated short convolution (LFM2):
 *
 *	normed = rms_norm(x)
 *	b, c, u = normed W_in (+ LoRA)
 *	conv = conv1d(b * u), each channel its own, linear
 *	y = x + (c * conv) W_out (+ LoRA)
 *
 * The way back needs x and the projections' outputs, and computes the rest
 * again.  A layer's state is the last inputs of the convolution, for each
 * prefix and each sequence of a cache: [slots, kernel - 1, C].
 * Source: transformers, models/lfm2/modeling_lfm2.py.
 */
extern const struct jk_block jk_short_conv_block;

#endif
