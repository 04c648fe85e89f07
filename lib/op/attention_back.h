#ifndef JK_OP_ATTENTION_BACK_H
#define JK_OP_ATTENTION_BACK_H

#include "op/shared.h"

/*
 * The way back through attention, probabilities recomputed from lse:
 *	p(t, h, j)  = exp(score(t, h, j) - lse[t, h])
 *	ds(t, h, j) = p(t, h, j) * (dot(dy[t, h, :], v[j, g, :]) - delta[t, h]),
 *	              with cap > 0 times 1 - (score(t, h, j) / cap)^2
 *	dq[t, h, :] = scale * sum_j ds(t, h, j) * k[j, g, :]
 *	dk[j, g, :] = scale * sum_{h of g} sum_t ds(t, h, j) * q[t, h, :]
 *	dv[j, g, :] = sum_{h of g} sum_t p(t, h, j) * dy[t, h, :]
 * with g = h * G / H.  Key row = row of the pack (training): row j is seen by
 * the rows j … own_end(j) - 1 of its sequence, and a row of the shared prefix
 * by all rows behind it as well.  Sums have a fixed order, without atomics,
 * whatever the number of threads.
 *
 * A pack has one shared prefix at most, and it begins at row 0 (train/pack.h):
 * prefix_begin is 0 wherever prefix_len is not, and where there is a prefix the
 * last row sees all of it.  The shaders count on that: they look for the prefix
 * of keys in front and take its length from the last row.
 *
 * q, dq [T, H, D], rows ldq apart; k, v, dk, dv [T, G, D], rows ldk apart; dy
 * [T, H, D], rows ldy apart, all in type; lse and delta [T, H] f32.  dq, dk, dv
 * have the strides of q, k, v and may not overlap them.
 * Tolerance host/Vulkan: 2e-5 of the largest element of each.
 */
struct jk_attention_back {
	JK_ACT q;
	JK_ACT k;
	JK_ACT v;
	JK_ACT dy;
	JK_FLOATS lse;
	JK_FLOATS delta;
	JK_ROWS rows;
	JK_ACT dq;
	JK_ACT dk;
	JK_ACT dv;
	uint32_t n_rows;	/* T */
	uint32_t n_heads;	/* H */
	uint32_t n_kv_heads;	/* G */
	uint32_t head_dim;	/* D */
	uint32_t ldq;
	uint32_t ldk;
	uint32_t ldy;	/* of dy */
	uint32_t window;	/* 0: none */
	uint32_t type;
	float scale;
	float cap;	/* of scores; 0: none */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_attention_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(attention_back);
JK_HOST_NEED(attention_back);

JK_DISPATCH(attention_back)
{
	/* dq, then dk and dv: a group adds up what it alone writes */
	if (jk_attention_tile(d, gpu, a->head_dim, 2, 16, err) < 0)
		return -1;
	d->constants[JK_CONST_WIDE] = a->head_dim % 4 == 0 &&
	    jk_wide(a->q | a->k | a->v | a->dy, a->ldq | a->ldk,
	    a->dq | a->dk | a->dv, a->ldy);
	d->constants[JK_CONST_CAPPED] = a->cap > 0;
	d[1] = d[0];
	if (jk_grid(&d[0], JK_SHADER_attention_back_q,
	    jk_over(a->n_rows, d->constants[JK_CONST_BQ]), a->n_heads,
	    err) < 0 ||
	    jk_grid(&d[1], JK_SHADER_attention_back_kv,
	    jk_over(a->n_rows, d->constants[JK_CONST_BKEY]), a->n_kv_heads,
	    err) < 0)
		return -1;
	return 2;
}
#endif

#endif
