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
 *
 * With JK_ATTENTION_HALF, in a pack, on a Vulkan device that multiplies such
 * matrices (struct jk_gpu, attention), where heads have at most 256 dimensions, with
 * lse 128, and what a group shares fits,
 *
 *	score(t, h, j) = scale * sum_d h(q[t, h, d]) * h(k[j, g, d])
 *	y[t, h, :]     = sum_j h(p(t, h, j)) * h(v[j, g, :]) / sum_j p(t, h, j)
 *	p(t, h, j)     = exp(score(t, h, j) - the largest score of t, h so far)
 *
 * where h rounds as in op/matmul.h, and products, their sums and all else are f32.
 * Heads are padded with zeros to whole matrices, so that any size of theirs will
 * do.  p is in [0, 1]: what f16 makes 0 of is below 3e-8 of the row's largest.  q,
 * k and v are not scaled: what is larger than 65504 becomes infinity in f16, and the
 * rows that see it no numbers, under a cap as well, and of v rows beside them, too.
 * Elsewhere it is as if the flag were not there.
 * Tolerance: where h changes neither q nor k, 2^-11 (bf16: 2^-8) of the largest |v|,
 * twice that where it changes v; and twice what their rounding changes a score by,
 * at most 2^-10 (2^-7) of scale * sum_d |q k|, times the largest |v|.
 * Source: Dao et al., "FlashAttention", 2022; Ainslie et al., "GQA", 2023.
 */
#define JK_ATTENTION_PACK 1u
#define JK_ATTENTION_HALF 2u

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

/*
 * Subgroups of a group, where a call takes cooperative matrices; else 0.  Where the
 * way back will not take them, which is what lse is for, nor does the way there:
 * it would be that of other scores.
 */
static inline uint32_t
jk_attention_takes_matrices(const struct jk_attention *a,
    const struct jk_gpu *gpu)
{
	const uint32_t n = a->n_rows, h = a->n_heads, d = a->head_dim;

	if (!(a->flags & JK_ATTENTION_PACK) || !(a->flags & JK_ATTENTION_HALF) ||
	    (a->lse && !jk_attention_subgroups(gpu, 2, n, h, d)))
		return 0;
	return jk_attention_subgroups(gpu, 1, n, h, d);
}

JK_DISPATCH(attention)
{
	/* rows of a pack stand beside their keys, those of a cache apart */
	const uint32_t bq = a->flags & JK_ATTENTION_PACK ? 16 : 1;
	const uint32_t n_subgroups = jk_attention_takes_matrices(a, gpu);
	enum jk_shader shader = JK_SHADER_attention;

	if (n_subgroups) {
		shader = gpu->attention.kind == JK_MATRIX_BF16 ?
		    JK_SHADER_attention_bf16 : JK_SHADER_attention_f16;
		jk_attention_matrix(d, gpu, n_subgroups, a->head_dim);
	} else if (jk_attention_tile(d, gpu, a->head_dim, 1, bq, err) < 0) {
		return -1;
	}
	d->constants[JK_CONST_WIDE] = a->head_dim % 4 == 0 &&
	    jk_wide(a->q | a->k, a->ldq | a->ldk, a->v | a->y, a->ldy);
	d->constants[JK_CONST_KEEP_LSE] = a->lse != 0;
	d->constants[JK_CONST_CAPPED] = a->cap > 0;
	return jk_grid(d, shader, jk_over(a->n_rows,
	    d->constants[JK_CONST_BQ]), a->n_heads, err);
}
#endif

#endif
