#ifndef JK_CPU_WEIGHT_GEMM_H
#define JK_CPU_WEIGHT_GEMM_H

#include <stdbool.h>
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

/*
 * Columns and inputs of a block of B at most (of inputs, twice as many where
 * W's type packs 256); bytes of x that are held as panels, unless a block's
 * inputs alone take more.  A thread has a block, some decoded rows, and sums
 * for y in bf16.
 */
enum {
	JK_PANEL_COLUMNS = 96,
	JK_PANEL_INPUTS = 384,
	JK_PANEL_X_BYTES = 16 << 20,
};

/* Bytes of scratch memory that a product takes, about. */
static inline uint64_t
jk_weight_gemm_bytes(uint64_t m, uint64_t n, uint64_t k, bool y_is_bf16,
    uint64_t n_threads)
{
	uint64_t inputs = k < JK_PANEL_INPUTS ? k : JK_PANEL_INPUTS;
	uint64_t part = inputs * (JK_PANEL_COLUMNS + 16);
	uint64_t x = 4 * m * inputs > JK_PANEL_X_BYTES ? 4 * m * inputs :
	    JK_PANEL_X_BYTES;

	if (4 * m * k > x)
		return x + (y_is_bf16 ? 4 * m * n : 0) + 4 * n_threads * part;
	if (y_is_bf16)
		part += m * JK_PANEL_COLUMNS;
	return 4 * (m * k + n_threads * part);
}

#ifdef JK_ISA
/* Errors: JK_ESYS without memory. */
#define jk_weight_gemm_run JK_ISA_NAME(jk_weight_gemm_run)
int jk_weight_gemm_run(const struct jk_weight_gemm *g, struct jk_cpu *cpu,
    struct jk_err *err) JK_WARN_UNUSED;
#endif

#endif
