#include "op/attention.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "cpu/cpu.h"
#include "cpu/need.h"
#include "cpu/vec.h"
#include "op/attention_pack.h"
#include "op/softcap_tanh.h"

/*
 * A task is a block of rows and one key/value head.  Keys are taken in tiles
 * whose borders are multiples of TILE in the positions, wherever the keys
 * stand and whatever other rows see: so a row's result has the same bits in
 * any company.  Rows of a block that see the same keys share a tile that had
 * to be copied (bf16, a head_dim that is not a multiple of 16, a tile half in
 * the prefix).
 */
enum { TILE = 64, BLOCK = 8 };

struct state {
	float max, sum;
	float *y;		/* [dp], not yet divided by sum */
};

enum { VALUES = 4 };	/* vectors of sums at a time: hides their latency */

/* y = factor y + sum_j p[j] v[j], for n vectors of columns, n constant. */
JK_INLINE void
add_values(uint32_t n, const float *p, const float *v, size_t ldk, uint32_t lo,
    uint32_t hi, float factor, float *y)
{
	jk_vec sum[VALUES];
	uint32_t i, j;

#pragma GCC unroll 4
	for (i = 0; i < n; i++)
		sum[i] = jk_vec_load(y, i * JK_LANES, JK_F32) * factor;
	for (j = lo; j < hi; j++) {
#pragma GCC unroll 4
		for (i = 0; i < n; i++)
			sum[i] += p[j] * jk_vec_load(v + j * ldk, i * JK_LANES,
			    JK_F32);
	}
#pragma GCC unroll 4
	for (i = 0; i < n; i++)
		jk_vec_store(y, i * JK_LANES, JK_F32, sum[i]);
}

/*
 * One query against one tile of keys:
 * p[j] = exp(scale * dot(q, k[j]) - max) for lo <= j < hi, scores capped by `cap`
 * unless it is 0, the running maximum, sum and y [dp] brought up to date.  k and
 * v are f32, rows ldk apart, TILE of them readable; dp is a multiple of 16.
 */
static void
attend_tile(const float *q, const float *k, const float *v, size_t ldk,
    uint32_t dp, uint32_t lo, uint32_t hi, float scale, float cap,
    struct state *s)
{
	float p[TILE], max = s->max, sum = 0, factor;
	jk_vec part[JK_LANES];
	uint32_t i, j, d;

	for (j = lo / JK_LANES * JK_LANES; j < hi; j += JK_LANES) {
		for (i = 0; i < JK_LANES; i++) {
			const float *kj = k + (j + i) * ldk;
			jk_vec dot = jk_vec_load(q, 0, JK_F32) *
			    jk_vec_load(kj, 0, JK_F32);

			for (d = JK_LANES; d < dp; d += JK_LANES)
				dot += jk_vec_load(q, d, JK_F32) *
				    jk_vec_load(kj, d, JK_F32);
			part[i] = dot;
		}
		jk_vec_store(p, j, JK_F32, jk_vec_sums(part) * scale);
	}
	if (cap > 0)
		for (j = lo; j < hi; j++)
			p[j] = jk_softcapf(p[j], cap);
	for (j = lo; j < hi; j++)
		max = p[j] > max ? p[j] : max;
	for (j = lo; j < hi; j++)
		p[j] = jk_expf(p[j] - max);
	for (j = lo; j < hi; j++)
		sum += p[j];
	factor = jk_expf(s->max - max);
	s->sum = s->sum * factor + sum;
	s->max = max;
	for (d = 0; d + VALUES * JK_LANES <= dp; d += VALUES * JK_LANES)
		add_values(VALUES, p, v + d, ldk, lo, hi, factor, s->y + d);
	for (; d < dp; d += JK_LANES)
		add_values(1, p, v + d, ldk, lo, hi, factor, s->y + d);
}

/* A thread's memory, in floats. */
struct work {
	float *k, *v;		/* [TILE, dp]: a tile that was copied */
	float *q, *y;		/* [BLOCK, heads of a group, dp] */
	struct state *states;	/* [BLOCK, heads of a group] */
	/* what k and v hold: the key row of tile position 0, and how far */
	uint64_t tile_begin;
	uint32_t tile_lo, tile_hi;
};

struct plan {
	const struct jk_attention *a;
	uint32_t dp, group;	/* head_dim padded; heads of a group */
	size_t work_bytes;
	char *work;
};

static void
widen(const void *from, uint32_t type, float *to, uint32_t n, uint32_t dp)
{
	uint32_t i;

	if (type == JK_BF16)
		for (i = 0; i < n; i++)
			to[i] = jk_load(from, i, JK_BF16);
	else
		memcpy(to, from, n * sizeof *to);
	for (i = n; i < dp; i++)
		to[i] = 0;
}

/* The key row of a position. */
static uint64_t
key_row(const struct jk_row *row, uint32_t position)
{
	return position < row->prefix_len ?
	    (uint64_t)row->prefix_begin + position :
	    (uint64_t)row->own_begin + position - row->prefix_len;
}

/* Tile positions lo … hi - 1 of the tile at p0 into w->k and w->v. */
static void
copy_tile(const struct plan *p, const struct jk_row *row, uint32_t g,
    uint32_t p0, uint32_t lo, uint32_t hi, struct work *w)
{
	const struct jk_attention *a = p->a;
	uint64_t begin = key_row(row, p0 + lo) - lo;
	bool whole = p0 + hi <= row->prefix_len || p0 + lo >= row->prefix_len;
	uint32_t j, from = lo;

	/* what is there already: the same keys, perhaps not as many */
	if (whole && begin == w->tile_begin && lo >= w->tile_lo &&
	    lo <= w->tile_hi) {
		from = w->tile_hi;
		if (hi > w->tile_hi)
			w->tile_hi = hi;
	} else {
		w->tile_begin = whole ? begin : UINT64_MAX;
		w->tile_lo = lo;
		w->tile_hi = hi;
	}
	for (j = from; j < hi; j++) {
		size_t at = (size_t)key_row(row, p0 + j) * a->ldk +
		    (size_t)g * a->head_dim;

		widen(jk_at(a->k, at, a->type), a->type, w->k + j * p->dp,
		    a->head_dim, p->dp);
		widen(jk_at(a->v, at, a->type), a->type, w->v + j * p->dp,
		    a->head_dim, p->dp);
	}
}

/* One row of the block against the tile at p0. */
static void
attend_row(const struct plan *p, const struct jk_row *row, uint32_t g,
    uint32_t p0, uint32_t lo, uint32_t hi, uint32_t r, struct work *w)
{
	const struct jk_attention *a = p->a;
	uint64_t begin = key_row(row, p0 + lo) - lo;
	const float *k = w->k, *v = w->v;
	size_t ldk = p->dp;
	uint32_t h;

	if (a->type == JK_F32 && p->dp == a->head_dim &&
	    (p0 + hi <= row->prefix_len || p0 + lo >= row->prefix_len) &&
	    begin < a->n_keys && begin + TILE <= a->n_keys) {
		size_t at = (size_t)begin * a->ldk + (size_t)g * a->head_dim;

		k = jk_at(a->k, at, JK_F32);
		v = jk_at(a->v, at, JK_F32);
		ldk = a->ldk;
	} else {
		copy_tile(p, row, g, p0, lo, hi, w);
	}
	for (h = 0; h < p->group; h++) {
		size_t i = (size_t)r * p->group + h;

		attend_tile(w->q + i * p->dp, k, v, ldk, p->dp, lo, hi,
		    a->scale, a->cap, &w->states[i]);
	}
}

/* First position that a row sees. */
static uint32_t
first_of(const struct jk_attention *a, const struct jk_row *row)
{
	uint32_t n = row->position + 1;

	return a->window && n > a->window ? n - a->window : 0;
}

static void
put(const float *y, float sum, void *to, uint32_t n, uint32_t type)
{
	uint32_t i;

	if (type == JK_BF16)
		for (i = 0; i < n; i++)
			jk_store(to, i, JK_BF16, y[i] / sum);
	else
		for (i = 0; i < n; i++)
			jk_store(to, i, JK_F32, y[i] / sum);
}

static void
load_queries(const struct plan *p, uint32_t t, uint32_t n, uint32_t g,
    struct work *w)
{
	const struct jk_attention *a = p->a;
	uint32_t r, h;

	for (r = 0; r < n; r++)
		for (h = 0; h < p->group; h++) {
			size_t i = (size_t)r * p->group + h;
			size_t at = (size_t)(t + r) * a->ldq +
			    ((size_t)g * p->group + h) * a->head_dim;

			widen(jk_at(a->q, at, a->type), a->type,
			    w->q + i * p->dp, a->head_dim, p->dp);
			w->states[i] = (struct state){ -INFINITY, 0,
				w->y + i * p->dp };
		}
	memset(w->y, 0, (size_t)n * p->group * p->dp * sizeof *w->y);
}

static void
store_results(const struct plan *p, uint32_t t, uint32_t n, uint32_t g,
    const struct work *w)
{
	const struct jk_attention *a = p->a;
	float *lse = (float *)(uintptr_t)a->lse;
	uint32_t r, h;

	for (r = 0; r < n; r++)
		for (h = 0; h < p->group; h++) {
			const struct state *s =
			    &w->states[(size_t)r * p->group + h];
			size_t head = (size_t)g * p->group + h;

			put(s->y, s->sum, jk_at(a->y, (size_t)(t + r) *
			    a->ldy + head * a->head_dim, a->type),
			    a->head_dim, a->type);
			if (lse)
				lse[(size_t)(t + r) * a->n_heads + head] =
				    s->max + logf(s->sum);
		}
}

static void
block(const struct plan *p, uint32_t t, uint32_t g, struct work *w)
{
	const struct jk_attention *a = p->a;
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows +
	    t;
	uint32_t n = a->n_rows - t < BLOCK ? a->n_rows - t : BLOCK;
	uint32_t begin = UINT32_MAX, end = 0, p0, r;

	load_queries(p, t, n, g, w);
	for (r = 0; r < n; r++) {
		uint32_t first = first_of(a, &rows[r]);

		begin = first < begin ? first : begin;
		end = rows[r].position + 1 > end ? rows[r].position + 1 : end;
	}
	for (p0 = begin / TILE * TILE; p0 < end; p0 += TILE) {
		w->tile_begin = UINT64_MAX;
		for (r = 0; r < n; r++) {
			uint32_t first = first_of(a, &rows[r]);
			uint32_t last = rows[r].position + 1;
			uint32_t lo = first > p0 ? first - p0 : 0;
			uint32_t hi = last > p0 + TILE ? TILE :
			    last > p0 ? last - p0 : 0;

			if (lo < hi)
				attend_row(p, &rows[r], g, p0, lo, hi, r, w);
		}
	}
	store_results(p, t, n, g, w);
}

/* The calling thread's part of the scratch memory. */
static struct work
work_of(const struct plan *p)
{
	size_t tile = (size_t)TILE * p->dp;
	size_t rows = (size_t)BLOCK * p->group * p->dp;
	float *f = (float *)(void *)(p->work +
	    (size_t)omp_get_thread_num() * p->work_bytes);

	return (struct work){ .k = f, .v = f + tile, .q = f + 2 * tile,
		.y = f + 2 * tile + rows,
		.states = (struct state *)(void *)(f + 2 * tile + 2 * rows) };
}

static struct plan
plan_of(const struct jk_attention *a)
{
	struct plan p = { .a = a,
		.dp = (a->head_dim + 15) / 16 * 16,
		.group = a->n_heads / a->n_kv_heads };

	p.work_bytes = (2 * (size_t)TILE * p.dp +
	    2 * (size_t)BLOCK * p.group * p.dp) * sizeof(float) +
	    (size_t)BLOCK * p.group * sizeof(struct state);
	p.work_bytes = (p.work_bytes + 63) / 64 * 64;
	return p;
}

JK_HOST_NEED(attention)
{
	if (a->flags & JK_ATTENTION_PACK)
		jk_attention_pack_need(a, cpu, need);
	else
		jk_cpu_needs(need, JK_CPU_SCRATCH_OP,
		    (size_t)jk_cpu_threads(cpu) * plan_of(a).work_bytes);
}

JK_HOST_OP(attention)
{
	const int n_threads = jk_cpu_team(cpu);
	struct plan p = plan_of(a);
	uint32_t n_blocks = (a->n_rows + BLOCK - 1) / BLOCK, i;

	if (a->flags & JK_ATTENTION_PACK)
		return jk_attention_pack(a, cpu, err);
	p.work = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    (size_t)n_threads * p.work_bytes);
	if (!p.work)
		return jk_fail_nomem(err);
	/* a copied tile's rows behind the last are read, not used */
	memset(p.work, 0, (size_t)n_threads * p.work_bytes);
	#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
	for (i = 0; i < n_blocks * a->n_kv_heads; i++) {
		struct work w = work_of(&p);

		if (!jk_cpu_is_stopped(cpu))
			block(&p, i / a->n_kv_heads * BLOCK, i % a->n_kv_heads, &w);
	}
	return 0;
}
