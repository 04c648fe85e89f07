#include "op/attention_back.h"

#include <stdlib.h>

#include "op/attention_tile.h"
#include "op/op.h"
#include "op/tile.h"

/*
 * Queries of all heads that share a key head lie below each other in one tile:
 * row i * n_group + h is head h of the block's query i.
 */
enum { QUERIES = 96, KEYS = 64 };

/* Queries that a tile holds, and rows of a tile: more if one needs it. */
static uint32_t
block_rows(const struct jk_attention_back *a)
{
	const uint32_t n_group = a->n_heads / a->n_kv_heads;

	return n_group < QUERIES ? QUERIES / n_group : 1;
}

static uint32_t
tile_rows(const struct jk_attention_back *a)
{
	return block_rows(a) * (a->n_heads / a->n_kv_heads);
}

/* Buffers of one thread. */
struct tiles {
	float *q, *dy;		/* [tile rows, ldd] */
	float *s, *ds;		/* [tile rows, KEYS] */
	float *k;		/* [KEYS, ldd] */
	float *kt, *vt;		/* transposed: [D, KEYS] */
	float *dk, *dv;		/* [KEYS, ldd] */
	float *dq;		/* [tile rows, ldd] */
	float *memory;
	uint32_t ldd;		/* D rounded up to 16 */
};

static const struct jk_row *
row_at(const struct jk_attention_back *a, uint32_t t)
{
	return (const struct jk_row *)(uintptr_t)a->rows + t;
}

static bool
tiles_init(struct tiles *s, const struct jk_attention_back *a)
{
	const size_t ldd = (a->head_dim + 15) / 16 * 16;
	const size_t n_rows = tile_rows(a);
	float *p;

	p = aligned_alloc(64, sizeof *p * (ldd * (3 * n_rows + 5 * KEYS) +
	    2 * n_rows * KEYS));
	if (!p)
		return false;
	s->memory = p;
	s->ldd = (uint32_t)ldd;
#define TAKE(member, n) (s->member = p, p += (n))
	TAKE(q, n_rows * ldd);
	TAKE(dy, n_rows * ldd);
	TAKE(dq, n_rows * ldd);
	TAKE(k, KEYS * ldd);
	TAKE(kt, KEYS * ldd);
	TAKE(vt, KEYS * ldd);
	TAKE(dk, KEYS * ldd);
	TAKE(dv, KEYS * ldd);
	TAKE(s, n_rows * KEYS);
	TAKE(ds, n_rows * KEYS);
#undef TAKE
	return true;
}

/*
 * s = p and ds of one query: s holds dot products with the keys from
 * keys.begin, ds those of dy with the values; what is not seen becomes 0.
 */
static void
probabilities(float *s, float *ds, uint32_t width, uint32_t begin,
    uint32_t end, float scale, float lse, float delta)
{
	uint32_t j;

#pragma omp simd
	for (j = 0; j < width; j++) {
		bool seen = j >= begin && j < end;
		float p = jk_expf(scale * s[j] - lse);

		/* chosen, not multiplied: what is not seen may be infinite */
		s[j] = seen ? p : 0;
		ds[j] = seen ? p * (ds[j] - delta) : 0;
	}
}

/* Load q and dy of rows t … t+n-1, heads of key head g. */
static void
load_queries(const struct jk_attention_back *a, struct tiles *x, uint32_t t,
    uint32_t n, uint32_t g)
{
	const uint32_t n_group = a->n_heads / a->n_kv_heads;
	uint32_t i;

	for (i = 0; i < n; i++) {
		size_t q = (size_t)(t + i) * a->ldq +
		    (size_t)g * n_group * a->head_dim;
		size_t dy = (size_t)(t + i) * a->ldy +
		    (size_t)g * n_group * a->head_dim;

		jk_tile_load(jk_at(a->q, q, a->type), a->type, a->head_dim,
		    n_group, a->head_dim, x->q + (size_t)i * n_group * x->ldd,
		    x->ldd);
		jk_tile_load(jk_at(a->dy, dy, a->type), a->type, a->head_dim,
		    n_group, a->head_dim, x->dy + (size_t)i * n_group * x->ldd,
		    x->ldd);
	}
}

/*
 * p and ds of the loaded queries over the loaded keys; false where none of
 * them sees any.
 */
static bool
scores(const struct jk_attention_back *a, struct tiles *x, uint32_t t,
    uint32_t n, uint32_t g, struct jk_span keys)
{
	const uint32_t n_group = a->n_heads / a->n_kv_heads;
	const uint32_t width = jk_span_width(keys);
	const float *lse = (const float *)(uintptr_t)a->lse;
	const float *delta = (const float *)(uintptr_t)a->delta;
	struct jk_span seen[QUERIES];
	bool any = false;
	uint32_t i, h;

	for (i = 0; i < n; i++) {
		seen[i] = jk_visible(row_at(a, t + i), t + i, a->window, keys);
		any |= seen[i].end > seen[i].begin;
	}
	if (!any)
		return false;
	jk_tile_gemm(n * n_group, width, a->head_dim, x->q, x->ldd, 1, x->kt,
	    width, x->s, KEYS, false);
	jk_tile_gemm(n * n_group, width, a->head_dim, x->dy, x->ldd, 1, x->vt,
	    width, x->ds, KEYS, false);
	for (i = 0; i < n; i++)
		for (h = 0; h < n_group; h++) {
			size_t row = (size_t)(i * n_group + h) * KEYS;
			size_t at = (size_t)(t + i) * a->n_heads +
			    g * n_group + h;

			probabilities(x->s + row, x->ds + row, width,
			    seen[i].begin - keys.begin,
			    seen[i].end - keys.begin, a->scale, lse[at],
			    delta[at]);
		}
	return true;
}

static void
load_keys(const struct jk_attention_back *a, struct tiles *x, struct jk_span keys,
    uint32_t g)
{
	size_t at = (size_t)keys.begin * a->ldk + (size_t)g * a->head_dim;
	uint32_t n = keys.end - keys.begin;

	jk_tile_load_transposed(jk_at(a->k, at, a->type), a->type, a->ldk, n,
	    a->head_dim, x->kt, jk_span_width(keys));
	jk_tile_load_transposed(jk_at(a->v, at, a->type), a->type, a->ldk, n,
	    a->head_dim, x->vt, jk_span_width(keys));
}

/* dq of rows t … t+n-1, which are of one sequence. */
static void
back_queries(const struct jk_attention_back *a, struct tiles *x, uint32_t t,
    uint32_t n, uint32_t g)
{
	const uint32_t n_group = a->n_heads / a->n_kv_heads;
	const struct jk_row *r = row_at(a, t);
	const struct jk_span ranges[2] = {
		{ r->prefix_begin, r->prefix_begin + r->prefix_len },
		{ r->own_begin, t + n }
	};
	uint32_t i, h, j;
	int p;

	load_queries(a, x, t, n, g);
	memset(x->dq, 0, sizeof *x->dq * n * n_group * x->ldd);
	for (p = 0; p < 2; p++) {
		/* no row behind the first sees further back */
		struct jk_span first = jk_visible(r, t, a->window, ranges[p]);

		for (j = first.begin; first.begin < first.end &&
		    j < ranges[p].end; j += KEYS) {
			struct jk_span keys = { j, ranges[p].end - j < KEYS ?
			    ranges[p].end : j + KEYS };

			load_keys(a, x, keys, g);
			if (!scores(a, x, t, n, g, keys))
				continue;
			jk_tile_load(jk_at(a->k, (size_t)j * a->ldk +
			    (size_t)g * a->head_dim, a->type), a->type, a->ldk,
			    keys.end - j, a->head_dim, x->k, x->ldd);
			jk_tile_gemm(n * n_group, x->ldd, keys.end - j, x->ds,
			    KEYS, 1, x->k, x->ldd, x->dq, x->ldd, true);
		}
	}
	for (i = 0; i < n; i++)
		for (h = 0; h < n_group; h++)
			jk_tile_store(x->dq + (size_t)(i * n_group + h) * x->ldd,
			    a->head_dim, a->scale, jk_at(a->dq, (size_t)
			    (t + i) * a->ldq + (size_t)(g * n_group + h) *
			    a->head_dim, a->type), a->type);
}

/* dk and dv of key rows that are of one sequence. */
static void
back_keys(const struct jk_attention_back *a, struct tiles *x, struct jk_span keys,
    uint32_t g)
{
	const uint32_t n_group = a->n_heads / a->n_kv_heads;
	const uint32_t n_keys = keys.end - keys.begin;
	const uint32_t step = block_rows(a);
	const uint32_t own_end = row_at(a, keys.begin)->own_end;
	uint32_t t, n, i;

	load_keys(a, x, keys, g);
	memset(x->dk, 0, sizeof *x->dk * KEYS * x->ldd);
	memset(x->dv, 0, sizeof *x->dv * KEYS * x->ldd);
	for (t = keys.begin; t < a->n_rows; t += n) {
		const struct jk_row *r = row_at(a, t);

		/* up to the end of the sequence */
		n = r->own_end - t < step ? r->own_end - t : step;
		if (t >= own_end && (keys.begin < r->prefix_begin ||
		    keys.begin >= r->prefix_begin + r->prefix_len))
			continue;
		load_queries(a, x, t, n, g);
		if (!scores(a, x, t, n, g, keys))
			continue;
		jk_tile_gemm(n_keys, x->ldd, n * n_group, x->s, 1, KEYS, x->dy,
		    x->ldd, x->dv, x->ldd, true);
		jk_tile_gemm(n_keys, x->ldd, n * n_group, x->ds, 1, KEYS, x->q,
		    x->ldd, x->dk, x->ldd, true);
	}
	for (i = 0; i < n_keys; i++) {
		size_t at = (size_t)(keys.begin + i) * a->ldk +
		    (size_t)g * a->head_dim;

		jk_tile_store(x->dk + (size_t)i * x->ldd, a->head_dim, a->scale,
		    jk_at(a->dk, at, a->type), a->type);
		jk_tile_store(x->dv + (size_t)i * x->ldd, a->head_dim, 1,
		    jk_at(a->dv, at, a->type), a->type);
	}
}

JK_HOST_OP(attention_back)
{
	struct jk_span *spans = malloc(sizeof *spans * ((size_t)a->n_rows + 1));
	uint32_t n_spans, i;
	bool failed = false;

	(void)host;
	if (!spans)
		return jk_fail_nomem(err);
	n_spans = jk_cut_rows(row_at(a, 0), a->n_rows, a->part == 0 ?
	    block_rows(a) : KEYS, spans);
#pragma omp parallel if (a->n_rows > 64)
	{
		struct tiles x;
		bool have = tiles_init(&x, a);

		if (!have)
#pragma omp atomic write
			failed = true;
#pragma omp for schedule(dynamic)
		for (i = 0; i < n_spans * a->n_kv_heads; i++) {
			uint32_t g = i % a->n_kv_heads;
			/* the longest sums first */
			struct jk_span s = spans[a->part == 0 ? n_spans - 1 -
			    i / a->n_kv_heads : i / a->n_kv_heads];

			if (!have)
				continue;
			if (a->part == 0)
				back_queries(a, &x, s.begin, s.end - s.begin,
				    g);
			else
				back_keys(a, &x, s, g);
		}
		if (have)
			free(x.memory);
	}
	free(spans);
	return failed ? jk_fail_nomem(err) : 0;
}
