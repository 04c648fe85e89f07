#ifndef JK_CPU_LOOPS_H
#define JK_CPU_LOOPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"

/*
 * Loops of tools whose results are the same bits on every processor: compiled
 * for each instruction set, but without contraction into fused multiply-adds.
 */

/*
 * x /= t; the largest in *max; false if one is a NaN or
 * positive infinity, or none is finite.
 */
typedef bool jk_scale_logits_fn(float *x, uint32_t n, float t, float *max);
/* weights = exp(x - max); 0 of those below `least`. */
typedef void jk_weigh_logits_fn(const float *restrict x,
    float *restrict weights, uint32_t n, float max, float least);

/*
 * least[i] = min over k < n of shingle[k] a[i] + b[i] modulo 2^32, for n_hashes
 * hash functions i, a multiple of JK_MINIMA_BLOCK.
 */
enum { JK_MINIMA_BLOCK = 32 };
typedef void jk_minima_fn(const uint32_t *shingle, size_t n,
    const uint32_t *restrict a, const uint32_t *restrict b,
    uint32_t *restrict least, size_t n_hashes);

/* In a file compiled for a set (isa/isa.h), that set's; else the best's. */
#ifdef JK_ISA
#define jk_scale_logits JK_ISA_NAME(jk_scale_logits)
#define jk_weigh_logits JK_ISA_NAME(jk_weigh_logits)
#define jk_minima JK_ISA_NAME(jk_minima)
#endif
jk_scale_logits_fn jk_scale_logits;
jk_weigh_logits_fn jk_weigh_logits;
jk_minima_fn jk_minima;

#endif
