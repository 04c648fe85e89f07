#ifndef JK_CPU_ONEDNN_H
#define JK_CPU_ONEDNN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cpu/scratch.h"

/*
 * oneDNN's products, primitives kept by shape.
 *
 * How many primitives are kept, and what one takes: oneDNN's code and tables
 * for a shape, with what the heap loses to their coming and going (measured
 * over 30 steps with oneDNN 2.6).
 */
enum { JK_ONEDNN_KEPT = 64, JK_ONEDNN_PRIMITIVE_BYTES = 160 << 10 };

struct jk_onednn;

/* NULL and an error (JK_ESYS) when oneDNN, or memory for it, is not to be had. */
struct jk_onednn *jk_onednn_new(struct jk_err *err);
void jk_onednn_free(struct jk_onednn *o);

/* Append "oneDNN 2.6.3". */
void jk_onednn_version(struct jk_buf *out);

/* Whether oneDNN multiplies bf16 on this CPU (below AVX-512 it does not). */
bool jk_onednn_has_bf16(const struct jk_onednn *o);

/*
 * Whether it would multiply bf16 with AMX, and the system lets this process do so:
 * asks it for room for the tiles.
 */
bool jk_onednn_has_amx(void);

/*
 * A general matrix product:
 *	c[m, n] = sum_k a[m, k] * b[k, n]  (+ bias[n])	(accumulate: +=)
 * a is stored [M, K] with rows lda apart; b is [K, N] with rows ldb apart
 * (trans_b: [N, K]); c is [M, N].  type_* are JK_F32 or JK_BF16; a and b have
 * the same type; bias f32 or NULL.  Accumulation in f32.  Threads are those
 * that OpenMP gives the caller.
 * Errors: JK_ESYS.
 */
struct jk_gemm {
	uint32_t m, n, k;
	const void *a, *b;
	const float *bias;
	void *c;
	uint32_t lda, ldb, ldc;
	bool trans_b, accumulate;
	uint32_t type, type_c;	/* of a and b; of c */
};
int jk_onednn_gemm(struct jk_onednn *o, const struct jk_gemm *g,
    struct jk_scratch *scratch, struct jk_err *err) JK_WARN_UNUSED;

/* Whether a primitive for one does for the other. */
bool jk_gemm_is_like(const struct jk_gemm *g, const struct jk_gemm *h);

#endif
