#ifndef JK_NN_HEADS_H
#define JK_NN_HEADS_H

#include "nn/block.h"

/*
 * Heads of attention: where they stand in rows of its buffers, their norms, the
 * gates of their outputs.  All that runs fails as the device does.
 */

/* Of a layer: how many heads, and columns in rows of qkv. */
struct jk_heads {
	uint32_t n, n_kv, dim;
	uint32_t q, kv;		/* columns of q; of k, and of v */
	uint32_t qk, qkv;	/* up to v; of all.  q where k and v are shared */
};
struct jk_heads jk_heads(const struct jk_config *c, uint32_t layer);
/* Columns of those that have norms, for a table of buffers. */
uint64_t jk_heads_normed(const struct jk_config *c, uint32_t layer);

/* y = x, n columns of rows that are ldx and ldy apart. */
int jk_copy_columns(const struct jk_pass *p, uint64_t x, uint32_t ldx,
    uint64_t y, uint32_t ldy, uint32_t n, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The norms of heads of q and k, and of v without weights (v_norm): from raw,
 * or in place, where qk_raw keeps what was.
 */
int jk_heads_norm(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;
/* Back through them: in place in d_qkv, or to d_raw. */
int jk_heads_norm_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

/* gated = out, times the sigmoid of what the projections gave for it. */
int jk_heads_gate(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;
/* d_out from that of gated, in place; the gates' gradients to d_raw. */
int jk_heads_gate_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

#endif
