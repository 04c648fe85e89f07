#ifndef JK_NN_PROJECT_H
#define JK_NN_PROJECT_H

#include "nn/block.h"

/*
 * A group's projections with LoRA, there and back.  All fail as the device
 * does.
 */

/* Whether the adapter scales what the group's product and LoRA make (DoRA). */
bool jk_project_scales(const struct jk_pass *p, uint32_t layer,
    enum jk_group group);
/* Whether jk_project can add to a plus that is not y. */
bool jk_project_adds(const struct jk_pass *p, uint32_t layer,
    enum jk_group group);
/*
 * y [T, jk_group_n] = plus + what comes of x [T, jk_group_k].  plus is 0, or where
 * the adapter does not scale outputs y, or where jk_project_adds says so any of
 * that shape.
 */
int jk_project(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t plus, uint64_t y, const struct jk_layer_buffers *b,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * Back through a group: dx [T, jk_group_k] (0: not wanted) from dy [T,
 * jk_group_n], and gradients, but for those of A.
 */
int jk_project_back(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, uint64_t dy, uint64_t dx,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;
/* Whether the group has an A. */
bool jk_project_learns(const struct jk_pass *p, uint32_t layer,
    enum jk_group group);
/*
 * Behind that, with the input x [T, jk_group_k] of the way forward, the gradients
 * of A: x need not be there before.
 */
int jk_project_grad(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, uint64_t x, const struct jk_layer_buffers *b,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
