#ifndef JK_OP_ATTENTION_BACK_H
#define JK_OP_ATTENTION_BACK_H

#include "op/attention.h"

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
 *
 * With JK_ATTENTION_HALF as attention, where heads have at most 128 dimensions: all
 * factors of products are rounded, scores as on the way forward,
 *
 *	dp(t, h, j) = (1 / s) sum_d h(s dy[t, h, d]) * h(v[j, g, d])
 *	dq, dk      = (scale / s) times sums of h(s ds(t, h, j)) * h(k), h(q)
 *	dv          = (1 / s) sum of h(p(t, h, j)) * h(s dy[t, h, :])
 *
 * and p and ds are computed in f32, with s = 2^12, as for the gradients of
 * op/matmul_back.h.  Beyond 16 in f16 dy and ds become infinity, and what they
 * reach no numbers.
 * Tolerance: 2^-9 (bf16: 2^-6) of the largest element of each, where h changes
 * neither q nor k; else p is further away by what that changes a score by
 * (op/attention.h).  Where one key has all the weight ds is 0, and what h changes
 * dp by is left of it.
 */
#define JK_ATTENTION_BACK_SCALE 4096

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
	uint32_t flags;	/* JK_ATTENTION_HALF; others say nothing */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_attention_back) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(attention_back);
JK_HOST_NEED(attention_back);

/* Whether a call takes cooperative matrices. */
static inline bool
jk_attention_back_takes_matrices(const struct jk_attention_back *a,
    const struct jk_gpu *gpu)
{
	return (a->flags & JK_ATTENTION_HALF) && jk_attention_subgroups(gpu, 2,
	    a->n_rows, a->n_heads, a->head_dim);
}

static inline int
jk_attention_back_matrices(const struct jk_attention_back *a,
    const struct jk_gpu *gpu, struct jk_dispatch *d, struct jk_err *err)
{
	const bool bf16 = gpu->attention.kind == JK_MATRIX_BF16;

	jk_attention_matrix(&d[0], gpu, jk_attention_subgroups(gpu, 2,
	    a->n_rows, a->n_heads, a->head_dim), a->head_dim);
	jk_attention_matrix(&d[1], gpu, jk_attention_subgroups(gpu, 2,
	    a->n_rows, a->n_kv_heads, a->head_dim), a->head_dim);
	if (jk_grid(&d[0], bf16 ? JK_SHADER_attention_back_q_bf16 :
	    JK_SHADER_attention_back_q_f16, jk_over(a->n_rows,
	    d[0].constants[JK_CONST_BQ]), a->n_heads, err) < 0 ||
	    jk_grid(&d[1], bf16 ? JK_SHADER_attention_back_kv_bf16 :
	    JK_SHADER_attention_back_kv_f16, jk_over(a->n_rows,
	    d[1].constants[JK_CONST_BQ]), a->n_kv_heads, err) < 0)
		return -1;
	return 2;
}

JK_DISPATCH(attention_back)
{
	/* dq, then dk and dv: a group adds up what it alone writes */
	const bool matrices = jk_attention_back_takes_matrices(a, gpu);

	if (!matrices && jk_attention_tile(d, gpu, a->head_dim, 2, 16, err) < 0)
		return -1;
	d->constants[JK_CONST_WIDE] = a->head_dim % 4 == 0 &&
	    jk_wide(a->q | a->k | a->v | a->dy, a->ldq | a->ldk,
	    a->dq | a->dk | a->dv, a->ldy);
	d->constants[JK_CONST_CAPPED] = a->cap > 0;
	d[1] = d[0];
	if (matrices)
		return jk_attention_back_matrices(a, gpu, d, err);
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
