#ifndef JK_CPU_DOT_INT8_H
#define JK_CPU_DOT_INT8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/dot.h"
#include "quant/dtype.h"

/*
 * Dot products in integers: a row of x is quantized, weights are as a file stores
 * them.  With blocks b of 32 inputs
 *
 *	d_b = max |x_i| / 127,  q_i = x_i / d_b to nearest,  s_b = d_b sum q_i
 *	w_i = D_b c_i - M_b	codes c_i >= 0; M_b: the minimum of Q4_1, Q5_1,
 *				Q4_K and Q5_K with its sign turned, otherwise
 *				o D_b with the type's middle code o
 *
 *	sum_i x_i w_i = sum_b d_b D_b (sum_i q_i c_i) - s_b M_b
 *
 * and the innermost sums are exact in 32 bits.  Q6_K has a D for each 16 inputs,
 * and so s is kept of 16.  A row is quantized alone, and a sum has one order,
 * whatever else is computed with it.
 * Source: ggml's block_q8_1, whose d_b is rounded to 16 bits; here it is not.
 *
 * A packed row of k inputs, k a multiple of JK_DOT8_BLOCK, and zeros up to a
 * multiple of 64, p:
 *
 *	int8_t q[p];  float ds[p / 32][2], d_b and s_b;  float s[p / 16]
 */
enum { JK_DOT8_BLOCK = 32 };

/* Stored types that can be taken. */
static inline bool
jk_dot8_takes(uint32_t stored)
{
	return (stored >= JK_Q8_0 && stored <= JK_Q5_1) ||
	    (stored >= JK_Q4_K && stored <= JK_Q6_K);
}

/* Whether rows of k inputs, stored so, can be multiplied. */
static inline bool
jk_dot8_multiplies(uint32_t stored, uint32_t k)
{
	return jk_dot8_takes(stored) && k % JK_DOT8_BLOCK == 0;
}

static inline size_t
jk_dot8_padded(size_t k)
{
	return (k + 63) / 64 * 64;
}

static inline size_t
jk_dot8_row_bytes(size_t k)
{
	return jk_dot8_padded(k) / 2 * 3;
}

/* Numbers of x that are not finite make NaN of what is computed with them. */
#ifdef JK_ISA
#define jk_dot8_pack JK_ISA_NAME(jk_dot8_pack)
#define jk_dot8 JK_ISA_NAME(jk_dot8)
void jk_dot8_pack(const void *x, uint32_t type, size_t k, void *to);

/*
 * out[i][j] = sum_l x[i][l] * w[j][l] for i < m and j < n_rows <= JK_DOT_ROWS; packed
 * rows of x are x_bytes apart.
 */
void jk_dot8(uint32_t stored, const void *w, size_t row_bytes,
    const void *x, size_t x_bytes, uint32_t m, size_t k, uint32_t n_rows,
    float (*out)[JK_DOT_ROWS]);
#endif

#endif
