#ifndef JK_OP_DELTA_RULE_CHUNK_H
#define JK_OP_DELTA_RULE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "op/delta_rule.h"

#define jk_delta_tiles JK_ISA_NAME(jk_delta_tiles)
#define jk_delta_load JK_ISA_NAME(jk_delta_load)
#define jk_delta_solve JK_ISA_NAME(jk_delta_solve)
#define jk_delta_advance JK_ISA_NAME(jk_delta_advance)
#define jk_delta_load_state JK_ISA_NAME(jk_delta_load_state)
#define jk_delta_store_state JK_ISA_NAME(jk_delta_store_state)

/*
 * The gated delta rule on the host for rows 1 … n of a sequence at a time, as
 * products of matrices.  With S0 the state before them and
 *	M[r, i] = exp(g[i + 1] + … + g[r]),  m[r] = M[r, 0],  i <= r
 * the recursion S[r] = exp(g[r]) S[r - 1] + k[r] e[r]^T is
 *	S[r] = m[r] S0 + sum_{i <= r} M[r, i] k[i] e[i]^T
 * and put into e[r] = beta[r] w[r] and y[r] = scale S[r]^T q[r] it gives
 *	W = V - diag(m) K S0 + N E,  E = diag(beta) W	[n, D_v]
 *	N = -M * K K^T below the diagonal		[n, n]
 *	Y = scale (diag(m) Q S0 + P E)			[n, D_v]
 *	P = M * Q K^T up to the diagonal		[n, n]
 *	S[n] = m[n] S0 + (diag(M[n, :]) K)^T E		[D_k, D_v]
 * where * of M is by elements.  N has nothing on the diagonal: E follows row by
 * row from those above.
 *
 * M comes of products of decays, each 1 at most, in the order of the rows: it
 * cannot overflow, and what would be below JK_DELTA_FAINT is 0.
 * Chunks are counted from a sequence's own first row, and sums have the order of
 * the rows: a sequence has the same bits in any pack and with any number of
 * threads.  What is not finite may spread to all rows of its chunk.
 * Source: Yang et al., "Parallelizing Linear Transformers with the Delta Rule
 * over Sequence Length", 2024, sections 3.2 and 3.3; "Gated Delta Networks",
 * 2024, section 3.3.
 */
enum { JK_DELTA_ROWS = 32 };
#define JK_DELTA_FAINT 1e-30f

/* A chunk of a value head: tiles in f32, columns padded with zeros to 16. */
struct jk_delta_tiles {
	const struct jk_delta_rule *a;
	uint32_t ldk, ldv;	/* D_k and D_v padded */
	uint32_t n;		/* rows */
	uint32_t width, width2;	/* n and 2 n padded */
	float *kq;		/* [2 n, ldk]: K, and below it Q */
	float *kqt;		/* [D_k, width2]: that transposed */
	float *ks;		/* [n, ldv]: K S0 */
	float *w, *e;		/* [n, ldv] */
	float *np;		/* [2 n, width]: N, and below it P */
	float m[JK_DELTA_ROWS][JK_DELTA_ROWS];	/* M[r, i], 0 behind r */
	float from[JK_DELTA_ROWS];	/* m[r] */
	float to[JK_DELTA_ROWS];	/* M[n, i] */
	float beta[JK_DELTA_ROWS];
};

/*
 * Tiles for the rule `a` in memory of jk_delta_tile_floats.  Returns where
 * they end.
 */
float *jk_delta_tiles(struct jk_delta_tiles *c, const struct jk_delta_rule *a,
    float *memory);

static inline uint32_t
jk_delta_padded(uint32_t n)
{
	return (n + 15) / 16 * 16;
}

static inline size_t
jk_delta_tile_floats(uint32_t key_dim, uint32_t value_dim)
{
	const size_t n = JK_DELTA_ROWS;

	return n * (4 * jk_delta_padded(key_dim) +
	    3 * jk_delta_padded(value_dim) + 2 * n);
}

/* Floats of a state [D_k, ldv] as the functions below have it. */
static inline size_t
jk_delta_state_floats(uint32_t key_dim, uint32_t value_dim)
{
	return (size_t)key_dim * jk_delta_padded(value_dim);
}

/*
 * A pack's sequences are done in shares, by where they begin: share i has those
 * that begin before the first row of share i + 1.
 */
enum { JK_DELTA_SHARES = 32 };

static inline uint32_t
jk_delta_share(uint32_t n_rows, uint32_t i)
{
	return (uint32_t)((uint64_t)n_rows * i / JK_DELTA_SHARES);
}

/* Rows t … t + n - 1 of value head h: all but ks, w and e. */
void jk_delta_load(struct jk_delta_tiles *c, uint32_t t, uint32_t n,
    uint32_t h);
/* ks, w and e, where the state is s before the chunk (NULL: 0). */
void jk_delta_solve(struct jk_delta_tiles *c, uint32_t t, uint32_t h,
    const float *s);
/* s, from what it was before the chunk (0, unless has_state) to behind it. */
void jk_delta_advance(struct jk_delta_tiles *c, float *s, bool has_state);

/* s of a state [D_k, D_v] without padding, and the way back. */
void jk_delta_load_state(const struct jk_delta_tiles *c, const float *from,
    float *s);
void jk_delta_store_state(const struct jk_delta_tiles *c, const float *s,
    float *to);

#endif
