#include "op/attention_back.h"

#include <omp.h>

#include "cpu/cpu.h"
#include "cpu/need.h"
#include "op/attention_back_amx.h"
#include "op/attention_tile.h"
#include "op/softcap_tanh.h"

/*
 * A piece of work is a block of queries of one sequence and one key head, with
 * all the keys that they see.  The pieces, one behind the other, are cut into
 * shares; each adds up dk and dv of the keys that it sees in memory of its own,
 * and the sums of all shares are added in their order.  The cut depends on the
 * rows alone, and so do the sums: not on the number of threads.
 */
enum { KEYS = JK_TILE_KEYS, SHARES = 16, MIN_SHARED_ROWS = 64 };

static uint32_t
group_of(const struct jk_attention_back *a)
{
	return a->n_heads / a->n_kv_heads;
}

struct share {
	float *dk, *dv;		/* [T, G, ldd]: sums, of the keys below */
	struct jk_row_range keys;	/* own keys of its queries */
	uint32_t begin, end;	/* its pieces */
};

/* What one thread has. */
struct work {
	struct share *share;	/* that it works on */
	float *memory;		/* the tiles, one behind the other */
	float *q, *dy, *dq;	/* [tile rows, ldd] */
	float *s, *ds;		/* [tile rows, KEYS] */
	float *k;		/* [KEYS, ldd] */
	float *kt, *vt;		/* transposed: [D, KEYS] */
};

struct plan {
	const struct jk_attention_back *a;
	const struct jk_amx_attention_back *amx;	/* NULL: f32 */
	/* of queries; piece i: block i / G, head i % G */
	struct jk_row_range *blocks;
	uint32_t n_blocks;
	uint32_t n_prefix;	/* keys below this may be anybody's prefix */
	uint32_t ldd;		/* D rounded up to 16 */
	struct share shares[SHARES];
	int n_shares, n_threads;
	size_t tiles;		/* floats of a thread's */
};

static void
take_memory(const struct plan *p, struct work *w, float *memory)
{
	const uint32_t n_group = group_of(p->a);
	const size_t n_rows = jk_block_queries(n_group) * n_group;

	w->memory = memory;
#define TAKE(member, n) (w->member = memory, memory += (n))
	TAKE(q, n_rows * p->ldd);
	TAKE(dy, n_rows * p->ldd);
	TAKE(dq, n_rows * p->ldd);
	TAKE(k, KEYS * p->ldd);
	TAKE(kt, KEYS * p->ldd);
	TAKE(vt, KEYS * p->ldd);
	TAKE(s, n_rows * KEYS);
	TAKE(ds, n_rows * KEYS);
#undef TAKE
}

static const struct jk_row *
row_at(const struct jk_attention_back *a, uint32_t t)
{
	return (const struct jk_row *)(uintptr_t)a->rows + t;
}

/*
 * s = p and ds of one query: s holds dot products with the keys from
 * keys.begin, ds those of dy with the values; what is not seen becomes 0.
 */
JK_INLINE void
probabilities(float *s, float *ds, uint32_t width, struct jk_row_range seen,
    float scale, float cap, float lse, float delta)
{
	uint32_t j;

#pragma omp simd
	for (j = 0; j < width; j++) {
		bool is_seen = j >= seen.begin && j < seen.end;
		float score = cap > 0 ? jk_softcapf(scale * s[j], cap) :
		    scale * s[j];
		float p = jk_expf(score - lse);
		float d = p * (ds[j] - delta);

		if (cap > 0)
			d *= jk_softcap_slope(score, cap);
		/* chosen, not multiplied: what is not seen may be infinite */
		s[j] = is_seen ? p : 0;
		ds[j] = is_seen ? d : 0;
	}
}

static void
load_keys(const struct plan *p, struct work *w, struct jk_row_range keys,
    uint32_t g)
{
	const struct jk_attention_back *a = p->a;
	size_t at = (size_t)keys.begin * a->ldk + (size_t)g * a->head_dim;
	uint32_t n = keys.end - keys.begin;

	jk_tile_load_transposed(jk_at(a->k, at, a->type), a->type, a->ldk, n,
	    a->head_dim, w->kt, jk_row_range_width(keys));
	jk_tile_load_transposed(jk_at(a->v, at, a->type), a->type, a->ldk, n,
	    a->head_dim, w->vt, jk_row_range_width(keys));
	jk_tile_load(jk_at(a->k, at, a->type), a->type, a->ldk, n,
	    a->head_dim, w->k, p->ldd);
}

/*
 * The loaded queries, rows t … t+n-1, against `keys`, of which the last one is
 * seen by one of them at least.
 */
static void
attend(const struct plan *p, struct work *w, uint32_t t, uint32_t n,
    uint32_t g, struct jk_row_range keys)
{
	const struct jk_attention_back *a = p->a;
	const uint32_t n_group = group_of(a);
	const uint32_t n_keys = keys.end - keys.begin;
	const uint32_t width = jk_row_range_width(keys);
	const float *lse = (const float *)(uintptr_t)a->lse;
	const float *delta = (const float *)(uintptr_t)a->delta;
	const uint32_t ld_sums = a->n_kv_heads * p->ldd;
	const size_t sums = (size_t)keys.begin * ld_sums +
	    (size_t)g * p->ldd;
	uint32_t i, h;

	load_keys(p, w, keys, g);
	jk_tile_gemm(n * n_group, width, a->head_dim, w->q, p->ldd, 1, w->kt,
	    width, w->s, KEYS, false);
	jk_tile_gemm(n * n_group, width, a->head_dim, w->dy, p->ldd, 1, w->vt,
	    width, w->ds, KEYS, false);
	for (i = 0; i < n; i++) {
		struct jk_row_range seen = jk_visible(row_at(a, t + i), t + i,
		    a->window, keys);

		seen.begin -= keys.begin;
		seen.end -= keys.begin;
		for (h = 0; h < n_group; h++) {
			size_t row = (size_t)(i * n_group + h) * KEYS;
			size_t at = (size_t)(t + i) * a->n_heads +
			    g * n_group + h;

			if (a->cap > 0)
				probabilities(w->s + row, w->ds + row, width,
				    seen, a->scale, a->cap, lse[at], delta[at]);
			else
				probabilities(w->s + row, w->ds + row, width,
				    seen, a->scale, 0, lse[at], delta[at]);
		}
	}
	jk_tile_gemm(n * n_group, p->ldd, n_keys, w->ds, KEYS, 1, w->k,
	    p->ldd, w->dq, p->ldd, true);
	jk_tile_gemm(n_keys, p->ldd, n * n_group, w->s, 1, KEYS, w->dy,
	    p->ldd, w->share->dv + sums, ld_sums, true);
	jk_tile_gemm(n_keys, p->ldd, n * n_group, w->ds, 1, KEYS, w->q,
	    p->ldd, w->share->dk + sums, ld_sums, true);
}

/* A piece: rows t … t+n-1, which are of one sequence, and key head g. */
static void
piece(const struct plan *p, struct work *w, uint32_t t, uint32_t n, uint32_t g)
{
	const struct jk_attention_back *a = p->a;
	const uint32_t n_group = group_of(a);
	struct jk_key_walk walk = jk_walk_keys(row_at(a, 0), t, n, a->window);
	struct jk_row_range keys;
	uint32_t i, h;

	jk_load_queries(a->q, a->type, a->ldq, t, n, g, n_group, a->head_dim,
	    w->q, p->ldd);
	jk_load_queries(a->dy, a->type, a->ldy, t, n, g, n_group, a->head_dim,
	    w->dy, p->ldd);
	memset(w->dq, 0, sizeof *w->dq * n * n_group * p->ldd);
	while (jk_next_keys(&walk, &keys))
		attend(p, w, t, n, g, keys);
	for (i = 0; i < n; i++)
		for (h = 0; h < n_group; h++)
			jk_tile_store(w->dq + (size_t)(i * n_group + h) *
			    p->ldd, a->head_dim, a->scale, jk_at(a->dq, (size_t)
			    (t + i) * a->ldq + (size_t)(g * n_group + h) *
			    a->head_dim, a->type), a->type);
}

/* Shares cost about the same. */
static void
cut(struct plan *p)
{
	const uint32_t n_kv = p->a->n_kv_heads;
	uint64_t total = 0, at = 0;
	uint32_t i;
	int t = 0;

#define COST(block) ((uint64_t)((block).end - (block).begin) * \
	((block).end - row_at(p->a, (block).begin)->own_begin + \
	row_at(p->a, (block).begin)->prefix_len))
	for (i = 0; i < p->n_blocks; i++)
		total += COST(p->blocks[i]) * n_kv;
	for (i = 0; i < p->n_blocks * n_kv; i++) {
		const struct jk_row_range b = p->blocks[i / n_kv];
		/* by where the piece's middle lies */
		int owner = (int)((2 * at + COST(b)) *
		    (uint64_t)p->n_shares / (2 * total));

		for (; t < owner; t++)
			p->shares[t + 1].begin = p->shares[t + 1].end = i;
		p->shares[t].end = i + 1;
		at += COST(b);
	}
	for (; t + 1 < p->n_shares; t++)
		p->shares[t + 1].begin = p->shares[t + 1].end =
		    p->n_blocks * n_kv;
#undef COST
	for (t = 0; t < p->n_shares; t++) {
		struct share *share = &p->shares[t];

		share->keys = (struct jk_row_range){ 0, 0 };
		if (share->end > share->begin) {
			share->keys.begin = row_at(p->a,
			    p->blocks[share->begin / n_kv].begin)->own_begin;
			share->keys.end = p->blocks[(share->end - 1) /
			    n_kv].end;
		}
	}
}

/* Rows begin … end - 1 of a share's sums to 0. */
static void
clear(const struct plan *p, struct share *share, uint32_t begin, uint32_t end)
{
	const size_t row = (size_t)p->a->n_kv_heads * p->ldd;

	if (end <= begin)
		return;
	memset(share->dk + begin * row, 0, (end - begin) * row *
	    sizeof *share->dk);
	memset(share->dv + begin * row, 0, (end - begin) * row *
	    sizeof *share->dv);
}

static void
run(const struct plan *p, const struct jk_cpu *cpu, struct work *w,
    struct share *share)
{
	const uint32_t n_kv = p->a->n_kv_heads;
	uint32_t i;

	w->share = share;
	if (share->end > share->begin) {
		clear(p, share, 0, p->n_prefix);
		clear(p, share, share->keys.begin > p->n_prefix ?
		    share->keys.begin : p->n_prefix, share->keys.end);
	}
	for (i = share->begin; i < share->end; i++) {
		const struct jk_row_range b = p->blocks[i / n_kv];

		if (jk_cpu_is_stopped(cpu))
			continue;
		if (p->amx)
			p->amx->piece(p->a, w->memory, b.begin, b.end - b.begin,
			    i % n_kv, share->dk, share->dv);
		else
			piece(p, w, b.begin, b.end - b.begin, i % n_kv);
	}
}

/* The shares' sums of key row j, added up and stored. */
static void
put_keys(const struct plan *p, uint32_t j)
{
	const struct jk_attention_back *a = p->a;
	const size_t n = (size_t)a->n_kv_heads * p->ldd, at = j * n;
	float *dk = NULL, *dv = NULL;
	uint32_t g;
	size_t i;
	int t;

	for (t = 0; t < p->n_shares; t++) {
		const struct share *share = &p->shares[t];

		if (share->end == share->begin || (j >= p->n_prefix &&
		    (j < share->keys.begin || j >= share->keys.end)))
			continue;
		if (!dk) {
			dk = share->dk + at;
			dv = share->dv + at;
			continue;
		}
		for (i = 0; i < n; i++) {
			dk[i] += share->dk[at + i];
			dv[i] += share->dv[at + i];
		}
	}
	for (g = 0; g < a->n_kv_heads; g++) {
		size_t to = (size_t)j * a->ldk + (size_t)g * a->head_dim;

		jk_tile_store(dk + (size_t)g * p->ldd, a->head_dim, a->scale,
		    jk_at(a->dk, to, a->type), a->type);
		jk_tile_store(dv + (size_t)g * p->ldd, a->head_dim, 1,
		    jk_at(a->dv, to, a->type), a->type);
	}
}

static uint32_t
prefix_end(const struct jk_attention_back *a)
{
	uint32_t end = 0, t;

	for (t = 0; t < a->n_rows; t++) {
		const struct jk_row *r = row_at(a, t);

		if (r->prefix_len && r->prefix_begin + r->prefix_len > end)
			end = r->prefix_begin + r->prefix_len;
	}
	return end;
}

static struct plan
plan_of(const struct jk_attention_back *a, const struct jk_cpu *cpu)
{
	struct plan p = { .a = a, .amx = jk_attention_back_amx(cpu, a->type),
		.ldd = (a->head_dim + 15) / 16 * 16,
		.n_shares = a->n_rows > MIN_SHARED_ROWS ? SHARES : 1 };
	const size_t n = (size_t)jk_block_queries(group_of(a)) * group_of(a);

	p.n_threads = p.n_shares > 1 ? jk_cpu_threads(cpu) : 1;
	p.tiles = p.amx ? p.amx->bytes(a) / sizeof(float) :
	    p.ldd * (3 * n + 3 * KEYS) + 2 * n * KEYS;
	return p;
}

/* Floats of the sums of dk, or of dv, of some rows. */
static size_t
sums_of(const struct plan *p, size_t n_rows)
{
	return n_rows * p->a->n_kv_heads * p->ldd;
}

static size_t
cuts_bytes(const struct plan *p)
{
	return sizeof *p->blocks * p->a->n_rows;
}

/*
 * A share touches the sums of the prefix and of its own rows: the memory of
 * others is asked for and never comes to be.
 */
JK_HOST_NEED(attention_back)
{
	const struct plan p = plan_of(a, cpu);
	const uint64_t rows = a->n_rows + (uint64_t)longest_prefix *
	    (uint64_t)(p.n_shares - 1);

	jk_cpu_needs(need, JK_CPU_SCRATCH_CUTS, cuts_bytes(&p));
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, sizeof(float) *
	    ((size_t)p.n_threads * p.tiles + 2 * sums_of(&p, rows)));
}

JK_HOST_OP(attention_back)
{
	struct plan p = plan_of(a, cpu);
	const size_t sums = sums_of(&p, a->n_rows);
	float *memory;
	uint32_t j;
	int i;

	if (a->n_rows == 0)
		return 0;
	p.blocks = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_CUTS, cuts_bytes(&p));
	memory = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP, sizeof *memory *
	    ((size_t)p.n_threads * p.tiles + 2 * (size_t)p.n_shares * sums));
	if (!p.blocks || !memory)
		return jk_fail_nomem(err);
	p.n_blocks = jk_cut_rows(row_at(a, 0), a->n_rows, jk_block_queries(
	    group_of(a)), p.blocks);
	p.n_prefix = prefix_end(a);
	cut(&p);
	for (i = 0; i < p.n_shares; i++) {
		p.shares[i].dk = memory + 2 * (size_t)i * sums;
		p.shares[i].dv = p.shares[i].dk + sums;
	}
	memory += 2 * (size_t)p.n_shares * sums;
#pragma omp parallel num_threads(p.n_shares > 1 ? jk_cpu_team(cpu) : 1)
	{
		struct work w;

		take_memory(&p, &w, memory + (size_t)omp_get_thread_num() *
		    p.tiles);
#pragma omp for schedule(dynamic)
		for (i = 0; i < p.n_shares; i++)
			run(&p, cpu, &w, &p.shares[i]);
#pragma omp for schedule(static)
		for (j = 0; j < a->n_rows; j++)
			put_keys(&p, j);
	}
	return 0;
}
