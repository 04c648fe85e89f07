#ifndef JK_NN_RESIDUAL_H
#define JK_NN_RESIDUAL_H

#include "nn/block.h"

/*
 * The norm before a block and what stands behind it, there and back.  All
 * fail as the device does.
 */

/* y [n_rows, C] = the norm of x with weights at w. */
int jk_norm(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t w,
    uint64_t y, struct jk_err *err) JK_WARN_UNUSED;
/* dx of a norm's input x, from dy; added to dx with `accumulate`. */
int jk_norm_back(const struct jk_pass *p, uint32_t n_rows, uint64_t x,
    uint64_t w, uint64_t dy, uint64_t dx, bool accumulate, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * y = x + the group's product of `from`; with a norm behind it (post_norm not
 * 0) the product stays in `branch`, and the norm of it is what is added.
 */
struct jk_residual {
	enum jk_group group;
	uint64_t from, x, branch, post_norm, y;
};
int jk_residual(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, const struct jk_layer_buffers *b,
    struct jk_err *err) JK_WARN_UNUSED;
/* Back from b->d to d_from, the gradient of r->from. */
int jk_residual_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, uint64_t d_from,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

#endif
