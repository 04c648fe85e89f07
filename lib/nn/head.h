#ifndef JK_NN_HEAD_H
#define JK_NN_HEAD_H

#include "nn/block.h"

/* The two ends of the decoder.  All fail as the device does. */

/*
 * y [T, C] = embedding of the rows' tokens, scaled, with the pass's noise, and
 * with learned positions where the model has them.  Of per-layer embeddings
 * p->per_layer, too.
 */
int jk_embed(const struct jk_pass *p, uint64_t y, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * The head on some rows: hidden [n, C] = x[index[i], :] (the last layer's
 * out), normed [n, C] = the last norm of it, logits [n, V] f32.  index [n]
 * words.  In place (hidden = normed) is allowed.  n may be any chunk.
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
int jk_head(const struct jk_pass *p, const struct jk_head_pass *h,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Shares of a vocabulary on the way back, which a device that splits sums over rows
 * (struct jk_dev) computes beside each other: a chunk's dx has few columns, each a
 * sum over the vocabulary.  It has nothing to do with a chunk's rows, so that
 * neither have the bits.
 */
enum { JK_HEAD_SHARE = 8192, JK_HEAD_SHARES = 8 };
uint32_t jk_head_shares(uint32_t n_vocab);

/*
 * Loss of a chunk of rows and, with `back`, the gradient that enters the
 * last layer: jk_head's rows h; targets [n] words; loss [n] f32; weights [n]
 * f32 or 0.  scale and weights multiply the gradient, which goes to the rows of
 * d [T, C] that h->index names; h->hidden is needed, h->normed and h->logits
 * are overwritten.
 */
struct jk_loss_pass {
	uint64_t targets;
	uint64_t weights;
	uint64_t loss;
	bool back;
	uint64_t d;
	float scale;
	uint32_t n_shares;	/* 0 or 1: none */
	uint64_t shares;	/* then [n_shares, n, C] f32 */
};
int jk_head_loss(const struct jk_pass *p, const struct jk_head_pass *h,
    const struct jk_loss_pass *l, struct jk_err *err) JK_WARN_UNUSED;

#endif
