#ifndef JK_OP_DELTA_RULE_H
#define JK_OP_DELTA_RULE_H

#include "op/recurrence.h"

/*
 * The gated delta rule.  Each value head h has a state S [D_k, D_v], 0 where a
 * record begins, that decays, is corrected by what a token brings, and is read:
 *	S' = exp(g[t, h]) * S
 *	e  = beta[t, h] * (v[t, h, :] - S'^T k[t, g, :])
 *	S  = S' + k[t, g, :] e^T
 *	y[t, h, :] = scale * S^T q[t, g, :]
 * with g = h * G_k / G_v: value heads share their keys and queries in runs.
 *
 * q and k [T, G_k, D_k] in type, rows ldk apart, of length 1 as the model has
 * them; v [T, G_v, D_v], rows ldv apart; gates [T, 2, G_v] f32: g, then beta
 * (op/delta_gates.h); y [T, G_v, D_v], rows ldy apart.  In f32.  Through a cache
 * token by token: a row's result has the same bits whatever rows are beside it.
 * On the host a pack goes in chunks of a sequence's rows (op/delta_rule_chunk.h),
 * which has the same bits whatever sequences are beside it, and is the same as
 * token by token to rounding.  D_k and D_v are 1 … JK_DELTA_MAX_DIM.
 *
 * state [slots, G_v, D_k, D_v] f32 (op/recurrence.h): in a pack two slots, of
 * which the first keeps what the prefix leaves, and what they hold before and
 * after is nobody's; in generation those of the cache, brought up to date.
 * Tolerance host/Vulkan: 2e-5 of the largest |y|.
 * Source: Yang, Kautz, Hatamizadeh, "Gated Delta Networks: Improving Mamba2
 * with Delta Rule", 2024, equation 10.
 */
#define JK_DELTA_MAX_DIM 256

struct jk_delta_rule {
	JK_ACT q;
	JK_ACT k;
	JK_ACT v;
	JK_FLOATS gates;
	JK_ROWS rows;
	JK_FLOATS state;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* G_v */
	uint32_t n_k_heads;	/* G_k; divides G_v */
	uint32_t key_dim;	/* D_k */
	uint32_t value_dim;	/* D_v */
	uint32_t ldk;	/* of q and k */
	uint32_t ldv;
	uint32_t ldy;
	uint32_t n_prefixes;	/* of the cache; all 0 in a pack */
	uint32_t prefix_rows;
	uint32_t n_sequences;
	uint32_t sequence_rows;
	uint32_t type;
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_delta_rule) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(delta_rule);
JK_HOST_NEED(delta_rule);

/* Slots of state. */
static inline uint64_t
jk_delta_slots(const struct jk_delta_rule *a)
{
	return a->sequence_rows ? (uint64_t)a->n_prefixes + a->n_sequences : 2;
}

JK_DISPATCH(delta_rule)
{
	/*
	 * an invocation has a column of a head's state; sequences of a cache
	 * need not wait for each other
	 */
	d->cut = JK_CUT_X;
	return jk_grid(d, JK_SHADER_delta_rule, jk_over((uint64_t)a->n_heads *
	    a->value_dim, JK_GROUP), !a->sequence_rows ? 1 :
	    a->n_rows < 64 ? a->n_rows : 64, err);
}
#endif

#endif
