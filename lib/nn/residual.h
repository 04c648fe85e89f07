#ifndef JK_NN_RESIDUAL_H
#define JK_NN_RESIDUAL_H

#include "nn/block.h"

/*
 * What stands before and behind a block's own part, there and back.  All fail
 * as the device does.
 */

/* y [n_rows, C] = the norm of x with weights at w. */
int jk_norm(const struct jk_pass *p, uint32_t n_rows, uint64_t x, uint64_t w,
    uint64_t y, struct jk_err *err) JK_WARN_UNUSED;
/*
 * dx of a norm's input x, from dy; added to dx with `accumulate`.  The norm of x
 * goes to y, where that is not 0.
 */
int jk_norm_back(const struct jk_pass *p, uint32_t n_rows, uint64_t x,
    uint64_t w, uint64_t dy, uint64_t dx, bool accumulate, uint64_t y,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The beginning of a block: y = the group's product of the norm of x, weights
 * at `norm`; of x itself where that is 0.  And back from dy to the residual
 * stream's gradient, which is added to b->d; not with is_last, nothing being
 * below.
 */
int jk_enter(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t norm, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_enter_back(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, uint64_t x, uint64_t norm, uint64_t dy, bool is_last,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

/* Numbers of a row of `branch`, for a block's table of buffers. */
uint64_t jk_branch_numbers(const struct jk_config *c, uint32_t layer);

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
/*
 * Back from b->d to d_from, the gradient of r->from.  Behind that, and with
 * r->from as it was on the way forward, the rest of the gradients:
 * jk_residual_grad.
 */
int jk_residual_back(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, uint64_t d_from,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;
int jk_residual_grad(const struct jk_pass *p, uint32_t layer,
    const struct jk_residual *r, const struct jk_layer_buffers *b,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
