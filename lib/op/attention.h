#ifndef JK_OP_ATTENTION_H
#define JK_OP_ATTENTION_H

#include "op/shared.h"

/*
 * Causal grouped-query attention over the keys that a row sees (struct jk_row):
 *	score(t, h, j) = scale * dot(q[t, h, :], k[j, h * G / H, :])
 *	lse[t, h]      = log sum_j exp(score(t, h, j))
 *	y[t, h, :]     = sum_j exp(score(t, h, j) - lse[t, h]) * v[j, h * G / H, :]
 * With cap > 0 a score is cap * tanh(that / cap).
 * With window > 0 a key at position q is seen only when position(t) -
 * q < window.
 *
 * q and y [T, H, D] in type, rows ldq and ldy apart; k and v [key rows, G, D]
 * in type, rows ldk apart; lse [T, H] f32, or absent.  Tiled, with an online
 * softmax in f32.
 *
 * JK_ATTENTION_PACK says that key rows are the rows of the pass (training,
 * scoring; own_end is set).  Without it a row's result has the same bits
 * whatever rows are beside it, as generation wants.
 * Tolerance host/Vulkan: 1e-5 of the largest |y|.
 * Source: Dao et al., "FlashAttention", 2022; Ainslie et al., "GQA", 2023.
 */
#define JK_ATTENTION_PACK 1u

struct jk_attention {
	JK_ACT q;
	JK_ACT k;
	JK_ACT v;
	JK_ROWS rows;
	JK_ACT y;
	JK_FLOATS lse;
	uint32_t n_rows;	/* T */
	uint32_t n_keys;	/* key rows behind k and v */
	uint32_t n_heads;	/* H */
	uint32_t n_kv_heads;	/* G */
	uint32_t head_dim;	/* D */
	uint32_t ldq;
	uint32_t ldk;	/* of k and v */
	uint32_t ldy;
	uint32_t window;	/* 0: none */
	uint32_t type;
	float scale;
	uint32_t flags;
	float cap;	/* of scores; 0: none */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_attention) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(attention);
JK_HOST_NEED(attention);

JK_DISPATCH(attention)
{
	/* rows of a pack stand beside their keys, those of a cache apart */
	const uint32_t bq = a->flags & JK_ATTENTION_PACK ? 16 : 1;

	if (jk_attention_tile(d, gpu, a->head_dim, 1, bq, err) < 0)
		return -1;
	d->constants[JK_CONST_WIDE] = a->head_dim % 4 == 0 &&
	    jk_wide(a->q | a->k, a->ldq | a->ldk, a->v | a->y, a->ldy);
	d->constants[JK_CONST_KEEP_LSE] = a->lse != 0;
	d->constants[JK_CONST_CAPPED] = a->cap > 0;
	return jk_grid(d, JK_SHADER_attention, jk_over(a->n_rows,
	    d->constants[JK_CONST_BQ]), a->n_heads, err);
}
#endif

#endif
