#ifndef JK_NN_PRODUCT_H
#define JK_NN_PRODUCT_H

#include "nn/block.h"

/*
 * Products with a model's matrices, there and back.  All fail as the device
 * does.
 */

/*
 * y [n_rows, m's outputs] = x W' (+ bias), rows ldy apart; accumulate: +=.
 * JK_ESYS where m was not loaded for the pass's use.
 */
int jk_product(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t x, uint64_t bias, uint64_t y, uint32_t ldy,
    uint32_t type_y, bool accumulate, struct jk_err *err) JK_WARN_UNUSED;
/*
 * The same and lora_up, with these arguments, behind it, as one operation; up's y.  m
 * has one part, and the projections of `up` all of its outputs.
 */
int jk_product_lora(const struct jk_pass *p, const struct jk_matrix *m,
    uint64_t x, uint64_t bias, const struct jk_lora_up *up, bool accumulate,
    struct jk_err *err) JK_WARN_UNUSED;
/* dx [n_rows, k] = dy [n_rows, ldy] W of all parts; accumulate: +=. */
int jk_product_back(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, bool accumulate,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * The same and lora_back_x, with these arguments, behind it, as one operation; x's
 * dx.  m has one part.
 */
int jk_product_back_lora(const struct jk_pass *p, const struct jk_matrix *m,
    uint64_t dy, uint32_t ldy, const struct jk_lora_back_x *x,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * jk_product_back of the first part of m, whose outputs are many and inputs few, so
 * that a GPU would idle: in n_shares shares of the outputs, whose dx, shares
 * [n_shares, n_rows, k] f32, are added up in their order.  Only where activations are
 * f32.
 */
int jk_product_back_shared(const struct jk_pass *p, const struct jk_matrix *m,
    uint32_t n_rows, uint64_t dy, uint32_t ldy, uint64_t dx, uint64_t shares,
    uint32_t n_shares, struct jk_err *err) JK_WARN_UNUSED;
/*
 * A projection's own rows of its group's matrix, for the rows x and y of the
 * group.  JK_ESYS where it was not loaded for the use, or they begin inside a
 * word.
 */
int jk_projection(const struct jk_weights *w, enum jk_weight_use use,
    uint32_t layer, enum jk_module proj, struct jk_matrix *out,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
