#ifndef JK_CPU_DOT_STORED_H
#define JK_CPU_DOT_STORED_H

#include <stddef.h>
#include <stdint.h>

#include "cpu/dot.h"

/*
 * Dot products of one row of x with weight rows as a file stores them, decoded
 * in registers: out[j] = sum_k x[k] * w[j][k] for j < JK_DOT_ROWS.  What
 * generating one text token by token does all day: decoding into a block that
 * is used once costs more than the products.
 *
 * The values of w, the order of a sum and so its bits are those of quant/rows.h
 * followed by cpu/dot.h.  k is a multiple of JK_DOT_PAD; row_bytes apart are
 * the rows.  x is of `type`, JK_F32 or JK_BF16.
 *
 * NULL where this type or processor has none.
 */
typedef void jk_dot_stored_fn(const void *w, size_t row_bytes, const void *x,
    size_t k, float out[JK_DOT_ROWS]);

#define jk_dot_stored JK_ISA_NAME(jk_dot_stored)
jk_dot_stored_fn *jk_dot_stored(uint32_t stored, uint32_t type);

#endif
