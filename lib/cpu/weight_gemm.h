#ifndef JK_CPU_WEIGHT_GEMM_H
#define JK_CPU_WEIGHT_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "isa/isa.h"

/*
 * The product of many rows with stored weights, for processors on which oneDNN
 * gains nothing (below AVX-512):
 *
 *	y[i, j] (+)= sum_l x[i, l] * B[l, j] + bias[j]	i < m, j < n, l < k
 *
 * x [m, k] in type, rows ldx apart; y [m, n] in type_y, rows ldy apart; bias
 * [n] f32 or NULL.  B is the transpose of the stored W [n, k], or with
 * `back` W [k, n] as it is.  Products and sums are f32.
 *
 * Weights are decoded into the panels that the inner loop reads, a block at a
 * time that stays in the cache: there is never a copy of the matrix.  The
 * order of a sum depends on k and the stored type alone, not on m, n or the
 * number of threads.
 * Source of the scheme: Goto, van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", ACM TOMS 34(3), 2008.
 */
struct jk_weight_gemm {
	uint32_t m, n, k;
	const void *x;
	uint32_t ldx, type;
	const void *w;
	uint32_t stored;	/* type of W */
	bool back, accumulate;
	const float *bias;
	void *y;
	uint32_t ldy, type_y;
};

struct jk_cpu;

#ifdef JK_ISA
#define jk_weight_gemm_scratch JK_ISA_NAME(jk_weight_gemm_scratch)
#define jk_weight_gemm_run JK_ISA_NAME(jk_weight_gemm_run)

/* Scratch memory of a product (JK_CPU_SCRATCH_GEMM). */
size_t jk_weight_gemm_scratch(const struct jk_weight_gemm *g,
    const struct jk_cpu *cpu);
/* Errors: JK_ESYS without memory. */
int jk_weight_gemm_run(const struct jk_weight_gemm *g, struct jk_cpu *cpu,
    struct jk_err *err) JK_WARN_UNUSED;
#endif

#endif
