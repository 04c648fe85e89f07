#include "op/attention_pack.h"

#include <math.h>
#include <omp.h>

#include "cpu/cpu.h"
#include "cpu/need.h"
#include "op/attention_amx.h"
#include "op/attention_tile.h"
#include "op/softcap_tanh.h"

enum { KEYS = JK_TILE_KEYS };

/* Buffers of one thread; n tile rows: queries times heads of a group. */
struct tiles {
	float *q, *y;		/* [n, ldd] */
	float *s;		/* [n, KEYS] scores, then probabilities */
	float *kt;		/* [D, KEYS] */
	float *v;		/* [KEYS, ldd] */
	float *max, *sum;	/* [n] so far */
	uint32_t ldd;		/* D rounded up to 16 */
};

static uint32_t
group_of(const struct jk_attention *a)
{
	return a->n_heads / a->n_kv_heads;
}

static uint32_t
round_up(uint32_t n)
{
	return (n + 15) / 16 * 16;
}

/* Floats of a thread's buffers, a multiple of 16 as each part is. */
static size_t
tile_floats(uint32_t ldd, uint32_t n)
{
	return ldd * (2 * (size_t)n + 2 * KEYS) + (size_t)n * (KEYS + 2);
}

static struct tiles
cut_tiles(float *p, uint32_t ldd, uint32_t n)
{
	struct tiles x = { .ldd = ldd, .q = p, .y = p + (size_t)n * ldd,
		.kt = p + 2 * (size_t)n * ldd };

	x.v = x.kt + (size_t)KEYS * ldd;
	x.s = x.v + (size_t)KEYS * ldd;
	x.max = x.s + (size_t)n * KEYS;
	x.sum = x.max + n;
	return x;
}

/*
 * One row of scores s [n], of which begin … end - 1 are seen, becomes
 * exp(scale s - max), the others 0; maximum, sum and y [ldd] are brought up to
 * date.  n is a multiple of 16.
 */
static void
soften(float *restrict s, uint32_t n, uint32_t begin, uint32_t end,
    float scale, float *max, float *sum, float *restrict y, uint32_t ldd)
{
	float most = *max, total = 0, factor;
	uint32_t j;

#pragma omp simd reduction(max:most)
	for (j = 0; j < n; j++) {
		float x = j >= begin && j < end ? s[j] * scale : -INFINITY;

		s[j] = x;
		most = x > most ? x : most;
	}
	most = jk_settled_max(s, n, most);
	most = *max > most ? *max : most;
#pragma omp simd reduction(+:total)
	for (j = 0; j < n; j++) {
		s[j] = jk_expf(s[j] - most);
		total += s[j];
	}
	factor = jk_expf(*max - most);
	*sum = *sum * factor + total;
	*max = most;
	for (j = 0; j < ldd; j++)
		y[j] *= factor;
}

/* Scores s [n], scaled and capped; n is a multiple of 16. */
static void
cap_scores(float *s, uint32_t n, float scale, float cap)
{
	uint32_t j;

#pragma omp simd
	for (j = 0; j < n; j++)
		s[j] = jk_softcapf(s[j] * scale, cap);
}

/* The queries in x, rows t … t+n-1, against some keys. */
static void
attend(const struct jk_attention *a, struct tiles *x, uint32_t t, uint32_t n,
    uint32_t g, struct jk_row_range keys)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const uint32_t group = group_of(a), n_keys = keys.end - keys.begin;
	const uint32_t width = jk_row_range_width(keys);
	const size_t at = (size_t)keys.begin * a->ldk +
	    (size_t)g * a->head_dim;
	const float scale = a->cap > 0 ? 1 : a->scale;
	uint32_t i, h;

	jk_tile_load_transposed(jk_at(a->k, at, a->type), a->type, a->ldk,
	    n_keys, a->head_dim, x->kt, width);
	jk_tile_load(jk_at(a->v, at, a->type), a->type, a->ldk, n_keys,
	    a->head_dim, x->v, x->ldd);
	jk_tile_gemm(n * group, width, a->head_dim, x->q, x->ldd, 1, x->kt,
	    width, x->s, KEYS, false);
	for (i = 0; a->cap > 0 && i < n * group; i++)
		cap_scores(x->s + (size_t)i * KEYS, width, a->scale, a->cap);
	for (i = 0; i < n; i++) {
		struct jk_row_range seen = jk_visible(&rows[t + i], t + i,
		    a->window, keys);

		for (h = 0; h < group; h++) {
			size_t r = (size_t)i * group + h;

			if (seen.end == seen.begin)
				memset(x->s + r * KEYS, 0,
				    width * sizeof *x->s);
			else
				soften(x->s + r * KEYS, width,
				    seen.begin - keys.begin,
				    seen.end - keys.begin, scale,
				    &x->max[r], &x->sum[r],
				    x->y + r * x->ldd, x->ldd);
		}
	}
	jk_tile_gemm(n * group, x->ldd, n_keys, x->s, KEYS, 1, x->v, x->ldd,
	    x->y, x->ldd, true);
}

static void
store(const struct jk_attention *a, const struct tiles *x, uint32_t t,
    uint32_t n, uint32_t g)
{
	const uint32_t group = group_of(a);
	float *lse = (float *)(uintptr_t)a->lse;
	uint32_t i, h;

	for (i = 0; i < n; i++)
		for (h = 0; h < group; h++) {
			size_t r = (size_t)i * group + h;
			size_t head = (size_t)g * group + h;

			jk_tile_store(x->y + r * x->ldd, a->head_dim,
			    1 / x->sum[r], jk_at(a->y, (size_t)(t + i) *
			    a->ldy + head * a->head_dim, a->type), a->type);
			if (lse)
				lse[(size_t)(t + i) * a->n_heads + head] =
				    x->max[r] + logf(x->sum[r]);
		}
}

/* Rows of a thread's tile. */
static uint32_t
tile_rows(const struct jk_attention *a)
{
	return round_up(jk_block_queries(group_of(a)) * group_of(a));
}

/* Rows t … t+n-1, which are of one sequence. */
static void
block(const struct jk_attention *a, void *memory, uint32_t t, uint32_t n,
    uint32_t g)
{
	const uint32_t group = group_of(a);
	struct tiles x = cut_tiles(memory, round_up(a->head_dim),
	    tile_rows(a));
	struct jk_key_walk walk = jk_walk_keys((const struct jk_row *)
	    (uintptr_t)a->rows, t, n, a->window);
	struct jk_row_range keys;
	uint32_t i;

	jk_load_queries(a->q, a->type, a->ldq, t, n, g, group, a->head_dim,
	    x.q, x.ldd);
	memset(x.y, 0, (size_t)n * group * x.ldd * sizeof *x.y);
	for (i = 0; i < n * group; i++) {
		x.max[i] = -INFINITY;
		x.sum[i] = 0;
	}
	while (jk_next_keys(&walk, &keys))
		attend(a, &x, t, n, g, keys);
	store(a, &x, t, n, g);
}

static size_t
thread_bytes(const struct jk_attention *a, const struct jk_cpu *cpu)
{
	const struct jk_amx_attention *amx = jk_attention_amx(cpu, a->type);

	return amx ? amx->bytes(a) : sizeof(float) *
	    tile_floats(round_up(a->head_dim), tile_rows(a));
}

static size_t
tiles_bytes(const struct jk_attention *a, const struct jk_cpu *cpu)
{
	return thread_bytes(a, cpu) * (size_t)jk_cpu_threads(cpu);
}

static size_t
cuts_bytes(const struct jk_attention *a)
{
	return sizeof(struct jk_row_range) * a->n_rows;
}

void
jk_attention_pack_need(const struct jk_attention *a, const struct jk_cpu *cpu,
    struct jk_cpu_need *need)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_CUTS, cuts_bytes(a));
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, tiles_bytes(a, cpu));
}

int
jk_attention_pack(const struct jk_attention *a, struct jk_cpu *cpu,
    struct jk_err *err)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const uint32_t step = jk_block_queries(group_of(a));
	const struct jk_amx_attention *amx = jk_attention_amx(cpu, a->type);
	struct jk_row_range *spans = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_CUTS,
	    cuts_bytes(a));
	char *tiles = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    tiles_bytes(a, cpu));
	uint32_t n_spans, i;

	if (!spans || !tiles)
		return jk_fail_nomem(err);
	n_spans = jk_cut_rows(rows, a->n_rows, step, spans);
#pragma omp parallel num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
	a->n_heads * a->head_dim))
	{
		char *memory = tiles + thread_bytes(a, cpu) *
		    (size_t)omp_get_thread_num();

#pragma omp for schedule(dynamic)
		for (i = 0; i < n_spans * a->n_kv_heads; i++) {
			/* the longest sums first */
			struct jk_row_range s =
			    spans[n_spans - 1 - i / a->n_kv_heads];

			if (jk_cpu_is_stopped(cpu))
				continue;
			(amx ? amx->block : block)(a, memory, s.begin,
			    s.end - s.begin, i % a->n_kv_heads);
		}
	}
	return 0;
}
