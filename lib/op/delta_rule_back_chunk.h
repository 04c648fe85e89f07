#ifndef JK_OP_DELTA_RULE_BACK_CHUNK_H
#define JK_OP_DELTA_RULE_BACK_CHUNK_H

#include "op/delta_rule_back.h"
#include "op/delta_rule_chunk.h"

#define jk_delta_back_tiles JK_ISA_NAME(jk_delta_back_tiles)
#define jk_delta_back_chunk JK_ISA_NAME(jk_delta_back_chunk)

/*
 * The way back through a chunk (op/delta_rule_chunk.h).  With dY' = scale dY,
 * dS what comes from behind the chunk, X = V - diag(m) K S0 and t(A) for A
 * transposed:
 *	dE  = t(P) dY' + diag(M[n, :]) K dS
 *	dU  = dE + t(N) dX,  dX = diag(beta) dU		from the last row up
 *	dV  = dX,  dbeta[r] = dU[r] . W[r]
 *	dP  = dY' t(E),  dN = dX t(E)
 *	dQ  = diag(m) dY' t(S0) + (M * dP) K
 *	dK  = -diag(m) dX t(S0) + diag(M[n, :]) E t(dS) + t(M * dP) Q
 *	      - (M * dN + t(M * dN)) K
 *	dS0 = m[n] dS + t(Q) diag(m) dY' - t(K) diag(m) dX
 * Every way from a source i (a row, or S0) to a reader r > i (a row, or S[n])
 * carries the decays of rows i + 1 … r once: dg[j] is the sum over ways with
 * i < j <= r of what they bring, the gradient by M[r, i] times that,
 *	dP * P + dN * N between rows,
 *	q[r] . dQ'[r] + k[r] . dK'[r] from S0, of the first parts of dQ and dK,
 *	k[i] . dK''[i] to S[n], of the second part of dK, and m[n] <dS, S0>.
 */
struct jk_delta_back {
	const struct jk_delta_rule_back *a;
	struct jk_delta_tiles tiles;
	float *s, *ds;	/* [D_k, ldv]: the state and its gradient as they run */
	float *xy;	/* [2 n, ldv]: dX, and below it dY' */
	float *du;	/* [n, ldv]: dE, then dU */
	float *my;	/* [2 n, ldv]: -diag(m) dX, diag(m) dY' */
	float *myt;	/* [D_v, width2]: that transposed */
	float *et;	/* [D_v, width]: E transposed, then diag(M[n, :]) E */
	float *dnp;	/* [2 n, width]: dN, and below it dP */
	float *dkqt;	/* [D_k, width2]: dK, dQ transposed: first parts */
	float *dkt;	/* [D_k, width]: dK'' transposed */
	float *dkq;	/* [2 n, ldk]: dK, and below it dQ */
	float *g;	/* [2 n, width2]: what K and Q are multiplied with */
};

static inline size_t
jk_delta_back_floats(uint32_t key_dim, uint32_t value_dim)
{
	const size_t n = JK_DELTA_ROWS, ldk = jk_delta_padded(key_dim);
	const size_t ldv = jk_delta_padded(value_dim);

	return jk_delta_tile_floats(key_dim, value_dim) +
	    2 * jk_delta_state_floats(key_dim, value_dim) +
	    n * (8 * ldv + 5 * ldk + 6 * n);
}

/*
 * Tiles for the way back `a` through the rule `forward` in memory of
 * jk_delta_back_floats.
 */
void jk_delta_back_tiles(struct jk_delta_back *b,
    const struct jk_delta_rule_back *a, const struct jk_delta_rule *forward,
    float *memory);

/*
 * Rows t … t + n - 1 of value head h, with the state before them in s and the
 * gradient of that behind them in ds, or 0 where there is none of them.  ds
 * becomes that of the state before, if there is one.  `adds`: to dq and dk.
 */
void jk_delta_back_chunk(struct jk_delta_back *b, uint32_t t, uint32_t n,
    uint32_t h, bool adds, bool has_state, bool has_ds);

#endif
