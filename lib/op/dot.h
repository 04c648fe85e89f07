#ifndef JK_OP_DOT_H
#define JK_OP_DOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Many dot products at once, for the processor at hand: out[i][j] =
 * sum_k x[i][k] * w[j][k] for i < m and j < JK_DOT_ROWS.
 *
 * k is padded with zeros to a multiple of JK_DOT_PAD in w and x alike; rows
 * are ldw and ldx elements apart.  A sum has one order, whatever m is: 16 (f32)
 * or 16 pairs of (bf16) partial sums over k, then a tree over these.
 */
enum { JK_DOT_ROWS = 16, JK_DOT_PAD = 32 };

struct jk_dot {
	void (*f32)(const float *w, size_t ldw, const float *x, size_t ldx,
	    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS]);
	/* NULL where the processor has no instruction for it */
	void (*bf16)(const uint16_t *w, size_t ldw, const uint16_t *x,
	    size_t ldx, uint32_t m, size_t k, float (*out)[JK_DOT_ROWS]);
};

struct jk_dot jk_dot_best(void);

static inline size_t
jk_dot_padded(size_t k)
{
	return (k + JK_DOT_PAD - 1) / JK_DOT_PAD * JK_DOT_PAD;
}

#endif
