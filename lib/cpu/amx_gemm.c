#include "cpu/amx_gemm.h"

#ifdef __AMX_BF16__

#include <omp.h>
#include <string.h>

#include "cpu/amx_tile.h"
#include "cpu/cpu.h"
#include "cpu/kept.h"
#include "cpu/need.h"
#include "quant/dtype.h"
#include "quant/rows.h"

/*
 * Two tiles of x by two of the weights make four of the product, a block of 32 rows
 * by a panel of 32 columns, so that every tile that is loaded is used twice; STEP
 * is two tiles.  Both are packed: tiles whose rows stand apart in memory take half
 * as long again.
 */
enum { BLOCK = 32, STEP = 2 * JK_AMX_TILE };

/*
 * Sizes.  RANGE inputs go at a time; of x as many rows as X_BYTES hold of them,
 * which stay in the second cache while the weights pass; of the weights SLICE are
 * packed at a time, and CHUNK_BYTES of them are one task.
 */
enum { RANGE = 3072, X_BYTES = 768 << 10, SLICE = 4 << 20,
	CHUNK_BYTES = 256 << 10 };

struct plan {
	const struct jk_weight_gemm *g;
	uint32_t kp;		/* k, padded */
	uint32_t nc;		/* columns of a slice, padded */
	uint32_t group, n_groups;	/* rows that stay in the cache */
	uint32_t chunk;		/* panels of 32 columns of a task */
	uint16_t *w;		/* panels of a slice and range */
	bool is_packed;		/* they are there */
	float *sums;		/* [m padded, nc], where there are several ranges */
	size_t sums_bytes;
	char *parts;		/* of the threads, part_bytes apart */
	size_t x_bytes, part_bytes;	/* of it: x of a group; with rows of W */
};

/* What a thread has. */
struct part {
	uint16_t *x;	/* [rows of the group / 32][steps][32, 32] */
	uint32_t group;	/* whose x that is */
	uint16_t *rows;	/* of W, decoded */
};

/* A piece of the product: columns from j on, inputs from l on. */
struct piece {
	uint32_t j, n, l, k, steps;	/* steps: k in tiles */
	bool first, last;	/* of the ranges of inputs */
};

static uint32_t
round_up(uint32_t n, uint32_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static uint32_t
least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static struct plan
cut(const struct jk_weight_gemm *g, uint32_t n_threads)
{
	struct plan p = { .g = g, .kp = round_up(g->k, JK_AMX_ROW) };
	const uint32_t range = least(p.kp, RANGE);
	uint32_t unit = g->back ? (uint32_t)jk_dtype_block((enum jk_dtype)
	    g->stored) : 1, parts;

	/* blocks of a stored row stay whole */
	unit = unit > BLOCK ? unit : BLOCK;
	p.nc = SLICE / range / unit * unit;
	p.nc = least(round_up(g->n, BLOCK), p.nc ? p.nc : unit);
	p.group = X_BYTES / 2 / range / BLOCK * BLOCK;
	p.group = p.group ? p.group : BLOCK;
	parts = (g->m + p.group - 1) / p.group;
	p.group = round_up((g->m + parts - 1) / parts, BLOCK);
	p.n_groups = (g->m + p.group - 1) / p.group;
	/* some tasks for each thread */
	p.chunk = least(CHUNK_BYTES / 2 / BLOCK / range,
	    p.nc / BLOCK * p.n_groups / (4 * n_threads));
	p.chunk = p.chunk ? p.chunk : 1;
	if (p.kp > RANGE)
		p.sums_bytes = 4ull * round_up(g->m, BLOCK) * p.nc;
	p.x_bytes = 2ull * p.group * range;
	p.part_bytes = p.x_bytes + 2ull * (g->back ? 2 * p.nc : 16 * range);
	return p;
}

static size_t
scratch_bytes(const struct plan *p, uint32_t n_threads)
{
	return p->sums_bytes + n_threads * p->part_bytes;
}

static size_t
panels_bytes(const struct plan *p)
{
	return 2ull * p->nc * least(p->kp, RANGE);
}

/* Of all slices and ranges. */
static size_t
kept_bytes(const struct plan *p)
{
	return 2ull * round_up(p->g->n, BLOCK) * p->kp;
}

void
jk_amx_gemm_need(const struct jk_weight_gemm *g, const struct jk_cpu *cpu,
    struct jk_cpu_need *need)
{
	const uint32_t n_threads = (uint32_t)jk_cpu_threads(cpu);
	const struct plan p = cut(g, n_threads);

	jk_cpu_needs(need, JK_CPU_SCRATCH_GEMM, scratch_bytes(&p, n_threads));
	jk_cpu_needs(need, JK_CPU_SCRATCH_WEIGHTS, panels_bytes(&p));
	need->kept_bytes = kept_bytes(&p);
}

/* Numbers i … of a stored row as bf16, zeros behind n up to `padded`. */
static const uint16_t *
decode(const struct jk_weight_gemm *g, uint32_t row, uint32_t i, uint32_t n,
    uint32_t padded, uint16_t *to)
{
	const size_t row_bytes = jk_type_bytes(g->stored, g->back ? g->n :
	    g->k);
	const char *from = (const char *)g->w + row * row_bytes +
	    jk_type_bytes(g->stored, i);

	if (g->stored == JK_BF16 && n == padded)
		return (const void *)from;
	jk_convert_row(g->stored, from, JK_BF16, to, n);
	memset(to + n, 0, (padded - n) * sizeof *to);
	return to;
}

/* Panel number `panel`: 32 rows of W are its columns. */
static void
pack_rows(const struct plan *p, const struct piece *s, uint32_t panel,
    uint16_t *rows)
{
	const struct jk_weight_gemm *g = p->g;
	uint16_t *to = p->w + (size_t)panel * s->steps * STEP;
	const uint32_t kp = s->steps * JK_AMX_ROW;
	uint32_t half, r, j;

	for (half = 0; half < 2; half++) {
		j = panel * BLOCK + half * 16;
		for (r = 0; r < 16; r++) {
			uint16_t *row = rows + (size_t)r * kp;
			const uint16_t *at;

			if (j + r >= s->n) {
				memset(row, 0, kp * sizeof *row);
				continue;
			}
			at = decode(g, s->j + j + r, s->l, s->k, kp, row);
			if (at != row)
				memcpy(row, at, kp * sizeof *row);
		}
		jk_amx_pack(rows, kp, 16, kp, to + half * JK_AMX_TILE,
		    STEP);
	}
}

/* Step number `step` of all panels: 32 rows of W are its inputs. */
static void
pack_columns(const struct plan *p, const struct piece *s, uint32_t step,
    uint16_t *rows)
{
	const uint32_t padded = round_up(s->n, BLOCK);
	uint32_t r, j;

	for (r = 0; r < 16; r++) {
		uint16_t *to = p->w + (size_t)step * STEP + r * JK_AMX_ROW;
		const uint16_t *pair[2];
		uint32_t i, l;

		for (i = 0; i < 2; i++) {
			uint16_t *row = rows + i * padded;

			l = step * JK_AMX_ROW + 2 * r + i;
			pair[i] = row;
			if (l < s->k)
				pair[i] = decode(p->g, s->l + l, s->j, s->n,
				    padded, row);
			else
				memset(row, 0, padded * sizeof *row);
		}
		for (j = 0; j < padded; j += 16) {
			const jk_vec_u32 both = jk_amx_pair_rows(pair[0] + j,
			    pair[1] + j);

			memcpy(to + (size_t)(j / BLOCK) * s->steps *
			    STEP + j % BLOCK / 16 * JK_AMX_TILE, &both,
			    sizeof both);
		}
	}
}

/* c [32, 32] (+)= a block of x times a panel. */
static void
multiply(const uint16_t *x, const uint16_t *w, uint32_t steps, float *c,
    size_t ldc, bool add)
{
	const size_t c_bytes = 4 * ldc;
	uint32_t s;

	JK_AMX_WRITTEN();
	if (add) {
		_tile_loadd(0, c, c_bytes);
		_tile_loadd(1, c + 16, c_bytes);
		_tile_loadd(2, c + 16 * ldc, c_bytes);
		_tile_loadd(3, c + 16 * ldc + 16, c_bytes);
	} else {
		_tile_zero(0);
		_tile_zero(1);
		_tile_zero(2);
		_tile_zero(3);
	}
	for (s = 0; s < steps; s++, x += STEP, w += STEP) {
		_tile_loadd(4, x, 64);
		_tile_loadd(6, w, 64);
		_tile_dpbf16ps(0, 4, 6);
		_tile_loadd(7, w + JK_AMX_TILE, 64);
		_tile_dpbf16ps(1, 4, 7);
		_tile_loadd(5, x + JK_AMX_TILE, 64);
		_tile_dpbf16ps(2, 5, 6);
		_tile_dpbf16ps(3, 5, 7);
	}
	_tile_stored(0, c, c_bytes);
	_tile_stored(1, c + 16, c_bytes);
	_tile_stored(2, c + 16 * ldc, c_bytes);
	_tile_stored(3, c + 16 * ldc + 16, c_bytes);
}

/* A whole row of a block in bf16: a line of the cache at a time. */
JK_INLINE void
put_line(const float *sums, void *y)
{
	const jk_vec zero = { 0 };

	/* as jk_vec_put does */
	_mm512_storeu_si512(y, (__m512i)_mm512_cvtne2ps_pbh(
	    (__m512)(jk_vec_load(sums, JK_LANES, JK_F32) + zero),
	    (__m512)(jk_vec_load(sums, 0, JK_F32) + zero)));
}

static void
put(const struct jk_weight_gemm *g, const float *c, size_t ldc, uint32_t row,
    uint32_t n_rows, uint32_t j, uint32_t n)
{
	static const float none[BLOCK];
	const float *bias = g->bias ? g->bias + j : none;
	const bool lines = n == BLOCK && g->type_y == JK_BF16 && !g->bias &&
	    !g->accumulate;
	uint32_t i;

	for (i = 0; i < n_rows; i++, c += ldc) {
		void *y = jk_at((uintptr_t)g->y, (size_t)(row + i) * g->ldy +
		    j, g->type_y);

		if (lines)
			put_line(c, y);
		else if (g->type_y == JK_BF16)
			jk_vec_put(c, bias, n, y, JK_BF16, g->accumulate);
		else
			jk_vec_put(c, bias, n, y, JK_F32, g->accumulate);
	}
}

/* Ask for what will be written: it comes while the sums are made. */
static void
fetch(const struct jk_weight_gemm *g, uint32_t row, uint32_t n_rows,
    uint32_t j)
{
	uint32_t i;

	for (i = 0; i < n_rows; i++)
		__builtin_prefetch(jk_at((uintptr_t)g->y, (size_t)(row + i) *
		    g->ldy + j, g->type_y), 1);
}

/* 32 rows from `row` on with a panel. */
static void
block(const struct plan *p, const struct piece *s, const uint16_t *x,
    uint32_t row, uint32_t panel)
{
	const uint32_t j = panel * BLOCK, n_rows = least(p->g->m - row,
	    BLOCK);
	_Alignas(64) float sums[BLOCK * BLOCK];
	float *c = sums;
	size_t ldc = BLOCK;

	if (p->sums) {
		c = p->sums + (size_t)row * p->nc + j;
		ldc = p->nc;
	}
	if (s->last)
		fetch(p->g, row, n_rows, s->j + j);
	multiply(x, p->w + (size_t)panel * s->steps * STEP, s->steps, c, ldc,
	    !s->first);
	if (s->last)
		put(p->g, c, ldc, row, n_rows, s->j + j, least(s->n - j,
		    BLOCK));
}

/* x of a group of rows as blocks of tiles, zeros where there is none. */
static void
pack_group(const struct plan *p, const struct piece *s, uint32_t group,
    uint16_t *to)
{
	const struct jk_weight_gemm *g = p->g;
	const uint32_t begin = group * p->group;
	const uint32_t whole = s->k / JK_AMX_ROW * JK_AMX_ROW;
	uint32_t i, l;

	for (i = 0; i < p->group; i++) {
		const uint16_t *from = (const uint16_t *)g->x +
		    (size_t)(begin + i) * g->ldx + s->l;
		uint16_t *row = to + (size_t)(i / BLOCK) * s->steps * STEP +
		    i % BLOCK * JK_AMX_ROW;

		if (begin + i >= g->m) {
			for (l = 0; l < s->steps; l++)
				memset(row + l * STEP, 0, 64);
			continue;
		}
		for (l = 0; l < whole; l += JK_AMX_ROW, row += STEP)
			memcpy(row, from + l, 64);
		if (l < s->k) {
			memset(row, 0, 64);
			memcpy(row, from + l, (s->k - l) * sizeof *row);
		}
	}
}

static void
task(const struct plan *p, const struct piece *s, uint32_t group,
    uint32_t first_panel, struct part *part)
{
	const uint32_t begin = group * p->group;
	const uint32_t end = least(p->g->m, begin + p->group);
	const uint32_t n_panels = least((s->n + BLOCK - 1) / BLOCK,
	    first_panel + p->chunk);
	uint32_t row, panel;

	if (part->group != group)
		pack_group(p, s, part->group = group, part->x);
	for (row = begin; row < end; row += BLOCK)
		for (panel = first_panel; panel < n_panels; panel++)
			block(p, s, part->x + (size_t)(row - begin) / BLOCK *
			    s->steps * STEP, row, panel);
}

static void
run_piece(const struct plan *p, const struct piece *s, struct jk_cpu *cpu)
{
	const uint32_t n_panels = (s->n + BLOCK - 1) / BLOCK;
	const uint32_t n_chunks = (n_panels + p->chunk - 1) / p->chunk;
	const uint32_t n_packs = p->is_packed ? 0 : p->g->back ? s->steps :
	    n_panels;
	uint32_t i;

#pragma omp parallel num_threads(jk_cpu_team(cpu))
	{
		char *at = p->parts + (size_t)omp_get_thread_num() *
		    p->part_bytes;
		struct part part = { (uint16_t *)(void *)at, UINT32_MAX,
			(uint16_t *)(void *)(at + p->x_bytes) };

#pragma omp for schedule(dynamic)
		for (i = 0; i < n_packs; i++)
			if (p->g->back)
				pack_columns(p, s, i, part.rows);
			else
				pack_rows(p, s, i, part.rows);
		_tile_loadconfig(&jk_amx_whole);
#pragma omp for schedule(dynamic)
		for (i = 0; i < p->n_groups * n_chunks; i++)
			if (!jk_cpu_is_stopped(cpu))
				task(p, s, i / n_chunks, i % n_chunks *
				    p->chunk, &part);
		_tile_release();
	}
}

int
jk_amx_gemm(const struct jk_weight_gemm *g, struct jk_cpu *cpu,
    struct jk_err *err)
{
	const uint32_t n_threads = (uint32_t)jk_cpu_threads(cpu);
	struct plan p = cut(g, n_threads);
	struct piece s;
	uint16_t *kept;
	char *scratch;
	bool is_new;

	if (g->m == 0 || g->n == 0)
		return 0;
	scratch = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_GEMM, scratch_bytes(&p,
	    n_threads));
	kept = jk_kept_place(jk_cpu_kept(cpu), g->w, g->back, kept_bytes(&p),
	    &is_new);
	p.is_packed = kept && !is_new;
	p.w = kept ? kept : jk_cpu_scratch(cpu, JK_CPU_SCRATCH_WEIGHTS,
	    panels_bytes(&p));
	if (!scratch || !p.w)
		return jk_fail_nomem(err);
	if (p.sums_bytes)
		p.sums = (float *)(void *)scratch;
	p.parts = scratch + p.sums_bytes;
	for (s.j = 0; s.j < g->n; s.j += s.n) {
		s.n = least(g->n - s.j, p.nc);
		for (s.l = 0; s.l < p.kp; s.l += RANGE) {
			s.k = least(g->k - s.l, RANGE);
			s.steps = (s.k + JK_AMX_ROW - 1) / JK_AMX_ROW;
			s.first = s.l == 0;
			s.last = s.l + RANGE >= p.kp;
			run_piece(&p, &s, cpu);
			if (kept)
				p.w += (size_t)round_up(s.n, BLOCK) * s.steps *
				    JK_AMX_ROW;
		}
	}
	return 0;
}

#endif
