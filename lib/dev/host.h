#ifndef JK_DEV_HOST_H
#define JK_DEV_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dev/dev.h"
#include "isa/isa.h"

/*
 * The host device: operations run at once, in plain C with OpenMP and, for
 * products with many rows, oneDNN.  An address is a pointer.
 */
struct jk_host;

/* Errors: JK_ESYS. */
int jk_host_open(int threads, struct jk_dev **dev, struct jk_err *err)
	JK_WARN_UNUSED;
struct jk_host *jk_dev_host(struct jk_dev *dev);

/* --- for the host versions of operations ------------------------------- */

/* The instruction set whose code runs. */
enum jk_isa jk_host_isa(const struct jk_host *host);
/* Another one, for tests: false, and nothing changes, where it is not had. */
bool jk_host_use(struct jk_host *host, enum jk_isa isa) JK_WARN_UNUSED;

/* Threads of a parallel region: num_threads(jk_host_threads(host)). */
int jk_host_threads(const struct jk_host *host);

/*
 * Scratch memory that lives until the next call with the same slot; NULL
 * without memory.  64-byte aligned, not cleared.
 */
enum { JK_HOST_SCRATCH_GEMM, JK_HOST_SCRATCH_OP, JK_HOST_SCRATCH_WEIGHTS,
	JK_HOST_N_SCRATCHES };
void *jk_host_scratch(struct jk_host *host, int slot, size_t size_bytes);

/*
 * Whether oneDNN is the one to multiply many rows of activations of this type.
 * Where it gains nothing (below AVX-512), or has no bf16, cpu/weight_gemm.h does.
 */
bool jk_host_multiplies(const struct jk_host *host, uint32_t type);

/*
 * Weights that are decoded for one product.  slice: how many rows of W [N, K]
 * go at a time (N where they need no decoding), so that they stay in a cache
 * and no copy of a whole embedding is needed.  decode: rows j … j + n - 1 in
 * `type`, where they lie or in scratch memory until the next call; NULL and an
 * error (JK_ESYS) without memory.
 */
uint32_t jk_host_slice(uint32_t stored, uint32_t type, uint32_t n, uint32_t k);
const void *jk_host_decode(struct jk_host *host, uint64_t w, uint32_t stored,
    uint32_t type, uint32_t j, uint32_t n, uint32_t k, struct jk_err *err);

/*
 * A general matrix product through oneDNN, primitives cached by shape:
 *	c[m, n] = sum_k a[m, k] * b[k, n]  (+ bias[n])	(accumulate: +=)
 * a is stored [M, K] with rows lda apart; b is [K, N] with rows ldb apart
 * (trans_b: [N, K]); c is [M, N].  type_* are JK_F32 or JK_BF16; a and b have
 * the same type; bias f32 or NULL.  Accumulation in f32.
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
int jk_host_gemm(struct jk_host *host, const struct jk_gemm *g,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
