#ifndef JK_CPU_DOT_H
#define JK_CPU_DOT_H

#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"

/*
 * Many dot products at once, for the processor at hand: out[i][j] =
 * sum_k x[i][k] * w[j][k] for i < m and j < JK_DOT_ROWS.
 *
 * k is padded with zeros to a multiple of JK_DOT_PAD in w and x alike; rows
 * are ldw and ldx elements apart.  A sum has one order, whatever m is: as many
 * partial sums over k as a vector has lanes (of pairs in bf16), then a tree
 * over these.  bf16 only where the processor has an instruction for it.
 */
enum { JK_DOT_ROWS = 16, JK_DOT_PAD = 32 };

#ifdef JK_ISA
#define jk_dot_f32 JK_ISA_NAME(jk_dot_f32)
#define jk_dot_bf16 JK_ISA_NAME(jk_dot_bf16)

void jk_dot_f32(const float *w, size_t ldw, const float *x, size_t ldx,
    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS]);
#ifdef __AVX512BF16__
void jk_dot_bf16(const uint16_t *w, size_t ldw, const uint16_t *x, size_t ldx,
    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS]);
#endif
#endif

static inline size_t
jk_dot_padded(size_t k)
{
	return (k + JK_DOT_PAD - 1) / JK_DOT_PAD * JK_DOT_PAD;
}

#endif
