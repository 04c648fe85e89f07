#ifndef JK_NN_PROJECT_H
#define JK_NN_PROJECT_H

#include "nn/block.h"

/*
 * Products with weights, and a group's projections with LoRA, there and back.
 * All fail as the device does.
 */

/*
 * y [n_rows, m's outputs] = x W' (+ bias), rows ldy apart; accumulate: +=.
 * JK_ESYS where m was not loaded for the pass's use.
 */
int jk_product(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t x, uint64_t bias, uint64_t y, uint32_t ldy,
    uint32_t type_y, bool accumulate, struct jk_err *err) JK_WARN_UNUSED;
/* dx [n_rows, k] = dy [n_rows, ldy] W of all parts of a matrix. */
int jk_product_back(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx,
    struct jk_err *err) JK_WARN_UNUSED;

/* Whether the adapter scales what the group's product and LoRA make (DoRA). */
bool jk_project_scales(const struct jk_pass *p, uint32_t layer,
    enum jk_group group);
/*
 * y [T, jk_group_n] from x [T, jk_group_k].  accumulate: y += (then LoRA comes
 * on top as well); not where the adapter scales outputs.
 */
int jk_project(const struct jk_pass *p, uint32_t layer, enum jk_group group,
    uint64_t x, uint64_t y, bool accumulate, const struct jk_layer_buffers *b,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * Back through a group, whose outputs no adapter scales: dx [T, jk_group_k] (0: not wanted) from dy [T,
 * jk_group_n], with the input x of the way forward.
 */
int jk_project_back(const struct jk_pass *p, uint32_t layer,
    enum jk_group group, uint64_t x, uint64_t dy, uint64_t dx,
    const struct jk_layer_buffers *b, struct jk_err *err) JK_WARN_UNUSED;

#endif
