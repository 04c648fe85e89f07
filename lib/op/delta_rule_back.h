#ifndef JK_OP_DELTA_RULE_BACK_H
#define JK_OP_DELTA_RULE_BACK_H

#include "op/delta_rule.h"

/*
 * The way back through delta_rule in a pack.  With d for gradients, from the
 * last row of a sequence to its first, and dS what comes from behind row t:
 *	dS += scale * q dy^T
 *	dq  = scale * S dy
 *	de  = dS^T k
 *	dbeta = de . (v - S'^T k),  dv = beta * de,  du = -beta * de
 *	dk  = dS e + S' du
 *	dS' = dS + k du^T,  dg = <dS', S'>,  dS = exp(g) * dS'
 * dq and dk are sums over the value heads that share the key head.  What
 * reaches the end of the shared prefix is the sum over all records behind it,
 * from the last to the first.  States are computed once more: kept are those
 * before every JK_DELTA_CHUNK-th row, and of one chunk all.  The host goes back
 * through whole chunks (op/delta_rule_chunk.h), each counted from its sequence's
 * first row, and adds what reaches the prefix by shares of the rows
 * (jk_delta_share), each from its last record, then the shares from the last.
 *
 * q, k, v, gates as there; dq and dk with the strides of q and k, dv with that
 * of v; dy [T, G_v, D_v], rows ldy apart; dgates [T, 2, G_v] f32: dg, dbeta.
 * work [G_v, jk_delta_states(T), D_k, D_v] f32: of each head the state and its
 * gradient at the end of the prefix, both as they run, those of a chunk (on the
 * host: the sums of shares), those that are kept.  A pack's prefix begins at row
 * 0, as attention_back has it.
 * In bf16 the sums over value heads are rounded at each of them.
 * Tolerance host/Vulkan: 5e-5 of the largest element of each.
 * Source: the chain rule; for the storage of states see Yang et al.,
 * "Parallelizing Linear Transformers with the Delta Rule", 2024.
 */
#define JK_DELTA_CHUNK 32

struct jk_delta_rule_back {
	JK_ACT q;
	JK_ACT k;
	JK_ACT v;
	JK_FLOATS gates;
	JK_ROWS rows;
	JK_ACT dy;
	JK_ACT dq;
	JK_ACT dk;
	JK_ACT dv;
	JK_FLOATS dgates;
	JK_SHARED_FLOATS work;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* G_v */
	uint32_t n_k_heads;	/* G_k; divides G_v */
	uint32_t key_dim;	/* D_k */
	uint32_t value_dim;	/* D_v */
	uint32_t ldk;	/* of q, k, dq and dk */
	uint32_t ldv;	/* of v and dv */
	uint32_t ldy;	/* of dy */
	uint32_t type;
	float scale;
};

/* States of a head in work, by number: JK_DELTA_KEPT + t / JK_DELTA_CHUNK. */
#define JK_DELTA_PREFIX 0u
#define JK_DELTA_D_PREFIX 1u
#define JK_DELTA_NOW 2u
#define JK_DELTA_D_NOW 3u
#define JK_DELTA_IN_CHUNK 4u
#define JK_DELTA_KEPT (JK_DELTA_IN_CHUNK + JK_DELTA_CHUNK)

#ifndef VULKAN
_Static_assert(sizeof(struct jk_delta_rule_back) <= 128, "push constants");

/* How many those are. */
static inline uint64_t
jk_delta_states(uint32_t n_rows)
{
	return JK_DELTA_KEPT + n_rows / JK_DELTA_CHUNK + 1;
}

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(delta_rule_back);
JK_HOST_NEED(delta_rule_back);

JK_DISPATCH(delta_rule_back)
{
	return jk_linear(d, JK_SHADER_delta_rule_back, a->n_k_heads, 1);
}
#endif

#endif
