#ifndef JK_OP_ATTENTION_AMX_TILE_H
#define JK_OP_ATTENTION_AMX_TILE_H

#include "cpu/amx_product.h"
#include "op/attention_tile.h"

#ifdef __AMX_BF16__

/*
 * Attention of a pack in AMX tiles of bf16 (cpu/amx_product.h).  A tile of scores has
 * keys as rows and queries as columns: then the online softmax is arithmetic of whole
 * vectors of queries, keys are a first factor as they stand, and queries are packed
 * once for all the keys that they see.  With Q, dY [M, D] the queries of a block, K,
 * V [J, D] a tile of keys:
 *
 *	S^T  = K Q^T		y^T += V^T P^T
 *	dP^T = V dY^T		dV  += P^T dY
 *				dK  += dS^T Q		dQ^T += K^T dS^T
 *
 * Probabilities and dS are rounded to bf16 as factors, sums are f32: the sum of a
 * row's probabilities is that of the unrounded ones, as in FlashAttention.
 */

/* The queries of a block: head h of query i is column i * group + h. */
struct jk_amx_queries {
	const struct jk_row *rows;
	uint32_t t, n, g, group;
	uint32_t d, dp, m;	/* D; D and n * group, rounded up to 32 */
	uint32_t window;
	float scale, cap;
	int32_t *begin, *end;	/* [m] keys of a tile that each sees */
};

/* Memory of a thread, cut from the front. */
struct jk_amx_memory {
	char *at;
	size_t taken_bytes;
};

JK_INLINE void *
jk_amx_take(struct jk_amx_memory *m, size_t size_bytes)
{
	void *p = m->at ? m->at + m->taken_bytes : NULL;

	m->taken_bytes += (size_bytes + 63) / 64 * 64;
	return p;
}

JK_INLINE uint32_t
jk_round_to_32(uint32_t n)
{
	return (n + 31) / 32 * 32;
}

/* Columns of a whole block. */
JK_INLINE uint32_t
jk_amx_columns(uint32_t group)
{
	return jk_round_to_32(jk_block_queries(group) * group);
}

/* Rows [n, d] of bf16, ldx apart, to [padded, dp], zeros elsewhere. */
JK_INLINE void
jk_amx_load_rows(const uint16_t *x, size_t ldx, uint32_t n, uint32_t d,
    uint16_t *to, uint32_t padded, uint32_t dp)
{
	uint32_t i;

	for (i = 0; i < n; i++, to += dp) {
		memcpy(to, x + i * ldx, d * sizeof *to);
		memset(to + d, 0, (dp - d) * sizeof *to);
	}
	memset(to, 0, (size_t)(padded - n) * dp * sizeof *to);
}

/* Of rows t … t + n - 1 and key head g; columns behind them see nothing. */
JK_INLINE void
jk_amx_begin_block(struct jk_amx_queries *q, uint32_t t, uint32_t n, uint32_t g)
{
	q->t = t;
	q->n = n;
	q->g = g;
	q->m = jk_round_to_32(n * q->group);
	memset(q->begin, 0, q->m * sizeof *q->begin);
	memset(q->end, 0, q->m * sizeof *q->end);
}

/* The block's columns of x, which is q or dy, as rows [m, dp]. */
JK_INLINE void
jk_amx_load_queries(const struct jk_amx_queries *q, uint64_t x, uint32_t ldx,
    uint16_t *to)
{
	const uint32_t m = q->n * q->group;
	uint32_t i;

	for (i = 0; i < q->n; i++)
		jk_amx_load_rows(jk_at(x, (size_t)(q->t + i) * ldx +
		    (size_t)q->g * q->group * q->d, JK_BF16), q->d, q->group,
		    q->d, to + (size_t)i * q->group * q->dp, q->group, q->dp);
	memset(to + (size_t)m * q->dp, 0, (size_t)(q->m - m) * q->dp *
	    sizeof *to);
}

/* The keys of a tile, or their values, as rows [rounded up to 32, dp]. */
JK_INLINE void
jk_amx_load_keys(const struct jk_amx_queries *q, uint64_t x, uint32_t ldx,
    struct jk_row_range keys, uint16_t *to)
{
	const uint32_t n = keys.end - keys.begin;

	jk_amx_load_rows(jk_at(x, (size_t)keys.begin * ldx + (size_t)q->g *
	    q->d, JK_BF16), ldx, n, q->d, to, jk_round_to_32(n), q->dp);
}

/* Which keys of the tile each column sees. */
JK_INLINE void
jk_amx_see(const struct jk_amx_queries *q, struct jk_row_range keys)
{
	uint32_t i, h;

	for (i = 0; i < q->n; i++) {
		const struct jk_row_range seen = jk_visible(&q->rows[q->t + i],
		    q->t + i, q->window, keys);

		for (h = 0; h < q->group; h++) {
			q->begin[i * q->group + h] = (int32_t)(seen.begin -
			    keys.begin);
			q->end[i * q->group + h] = (int32_t)(seen.end -
			    keys.begin);
		}
	}
}

/* Columns x [D, m] of the block as rows of y, times `factor` of each. */
JK_INLINE void
jk_amx_store_queries(const struct jk_amx_queries *q, const float *x,
    const float *factor, uint64_t y, uint32_t ldy)
{
	uint32_t c, d, r;

	for (c = 0; c < q->n * q->group; c += 16)
		for (d = 0; d < q->d; d += 16) {
			const uint32_t left = q->d - d < 16 ? q->d - d : 16;
			jk_vec v[16];

			for (r = 0; r < 16; r++)
				v[r] = jk_vec_load(x + (size_t)(d + r) * q->m,
				    c, JK_F32);
			jk_vec_transpose(v);
			for (r = c; r < c + 16 && r < q->n * q->group; r++) {
				const size_t at = (size_t)(q->t + r / q->group) *
				    ldy + (size_t)(q->g * q->group + r %
				    q->group) * q->d + d;
				const jk_vec scaled = v[r - c] * factor[r];

				jk_vec_store_some(jk_at(y, at, JK_BF16), 0,
				    left, JK_BF16, scaled);
			}
		}
}

#endif

#endif
