#include "cpu/weight_gemm.h"

#include <omp.h>
#include <string.h>

#include "cpu/cpu.h"
#include "quant/dtype.h"
#include "quant/rows.h"
#include "cpu/vec.h"

/*
 * Sizes.  The inner loop has MR x NR sums in registers.  Panels: of x, [KC, MR]
 * numbers for MR rows; of B, [KC, NR] for NR columns.  One panel of B stays in
 * the first cache, MC rows of x in the second, NC columns of B in the second or
 * third.
 */
#if JK_VEC_BYTES == 64
enum { MR = 12, NV = 2 };
#elif JK_VEC_BYTES == 32
enum { MR = 6, NV = 2 };
#else
enum { MR = 4, NV = 2 };
#endif
/*
 * KC and NC are the most of a block (of inputs, twice as many where W's type
 * packs 256); X_BYTES those of x that are held as panels, unless a block's
 * inputs alone take more.
 */
enum { NR = NV * JK_LANES, MC = 16 * MR, NC = 96, KC = 384,
	X_BYTES = 16 << 20 };

struct plan {
	const struct jk_weight_gemm *g;
	uint32_t kc, nc;	/* a block: multiples of what W's type packs */
	uint32_t kp;		/* a range of inputs, for which x is packed */
	uint32_t group;		/* rows of one task: a multiple of MR */
	uint32_t n_groups, n_blocks;
	float *x;		/* panels of a range, x_panel apart */
	size_t x_panel, n_x;	/* floats of one, of all */
	float *sums;		/* [m, n], or NULL: in y, or in a thread's part */
	size_t n_sums;
	float *parts;		/* of the threads, part apart */
	size_t part;
	bool add;		/* what y or sums holds counts */
};

static uint32_t
round_up(uint32_t n, uint32_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* Rows first … first + MR - 1 of x, inputs l … l + n - 1, as a panel. */
JK_INLINE void
pack_typed(const struct jk_weight_gemm *g, uint32_t first, uint32_t l,
    uint32_t n, uint32_t type, float *to)
{
	uint32_t i, r, rows = g->m - first < MR ? g->m - first : MR;

	for (i = 0; i < n; i += JK_LANES) {
		uint32_t width = n - i < JK_LANES ? n - i : JK_LANES;
		jk_vec v[JK_LANES] = { { 0 } };

		for (r = 0; r < rows; r++) {
			size_t at = (size_t)(first + r) * g->ldx + l + i;

			v[r] = width == JK_LANES ?
			    jk_vec_load(g->x, at, type) :
			    jk_vec_load_n(g->x, at, width, type);
		}
		jk_vec_transpose(v);
		/* lanes behind MR are overwritten, or in the panel's tail */
		for (r = 0; r < width; r++)
			jk_vec_store(to, (size_t)(i + r) * MR, JK_F32, v[r]);
	}
}

static void
pack(const struct jk_weight_gemm *g, uint32_t first, uint32_t l, uint32_t n,
    float *to)
{
	if (g->type == JK_BF16)
		pack_typed(g, first, l, n, JK_BF16, to);
	else
		pack_typed(g, first, l, n, JK_F32, to);
}

/*
 * Decoding reads pieces of rows, which the processor's own look-ahead does not
 * follow: ask for a piece that comes later.
 */
enum { ROWS_AHEAD = 12 };

JK_INLINE void
prefetch(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += 64)
		__builtin_prefetch(p + i);
}

/* W's rows j … as columns of B: inputs l … l + kc - 1 as panels. */
static void
decode_rows(const struct jk_weight_gemm *g, uint32_t l, uint32_t kc,
    uint32_t j, uint32_t nc, float *rows, float *to)
{
	const size_t row_bytes = jk_type_bytes(g->stored, g->k);
	const size_t bytes = jk_type_bytes(g->stored, kc);
	const char *w = (const char *)g->w + jk_type_bytes(g->stored, l);
	uint32_t c, i, r, width;

	for (c = 0; c < round_up(nc, NR); c += JK_LANES) {
		float *panel = to + (size_t)(c / NR) * kc * NR + c % NR;

		for (r = 0; r < JK_LANES; r++) {
			const char *row = w + (size_t)(j + c + r) * row_bytes;

			if (c + r >= nc) {
				memset(rows + (size_t)r * kc, 0, kc *
				    sizeof *rows);
				continue;
			}
			prefetch(row + ROWS_AHEAD * row_bytes, bytes);
			jk_convert_row(g->stored, row, JK_F32, rows +
			    (size_t)r * kc, kc);
		}
		for (i = 0; i < kc; i += width) {
			jk_vec v[JK_LANES];

			width = kc - i < JK_LANES ? kc - i : JK_LANES;
			for (r = 0; r < JK_LANES; r++)
				v[r] = width == JK_LANES ?
				    jk_vec_load(rows, (size_t)r * kc + i,
				    JK_F32) : jk_vec_load_n(rows, (size_t)r *
				    kc + i, width, JK_F32);
			jk_vec_transpose(v);
			for (r = 0; r < width; r++)
				jk_vec_store(panel, (size_t)(i + r) * NR,
				    JK_F32, v[r]);
		}
	}
}

/* W's columns j … as they are, rows l … l + kc - 1. */
static void
decode_columns(const struct jk_weight_gemm *g, uint32_t l, uint32_t kc,
    uint32_t j, uint32_t nc, float *row, float *to)
{
	const size_t row_bytes = jk_type_bytes(g->stored, g->n);
	const size_t bytes = jk_type_bytes(g->stored, nc);
	const char *w = (const char *)g->w + l * row_bytes +
	    jk_type_bytes(g->stored, j);
	uint32_t i, c;

	memset(row + nc, 0, (round_up(nc, NR) - nc) * sizeof *row);
	for (i = 0; i < kc; i++, w += row_bytes) {
		prefetch(w + ROWS_AHEAD * row_bytes, bytes);
		jk_convert_row(g->stored, w, JK_F32, row, nc);
		for (c = 0; c < nc; c += NR)
			memcpy(to + (size_t)c * kc + (size_t)i * NR, row + c,
			    NR * sizeof *row);
	}
}

/* c [MR, NR] (+)= a panel of x times one of B. */
JK_INLINE void
tile(uint32_t kc, const float *x, const float *b, float *c, size_t ldc,
    bool add)
{
	jk_vec acc[MR][NV] = { { { 0 } } };
	uint32_t l, i, v;

	/* wanted at the end */
#pragma GCC unroll 16
	for (i = 0; i < MR; i++)
		__builtin_prefetch(c + i * ldc, 1);

#pragma GCC unroll 8
	for (l = 0; l < kc; l++) {
		jk_vec bv[NV];

#pragma GCC unroll 4
		for (v = 0; v < NV; v++)
			bv[v] = jk_vec_load(b + (size_t)l * NR, v * JK_LANES,
			    JK_F32);
#pragma GCC unroll 16
		for (i = 0; i < MR; i++)
#pragma GCC unroll 4
			for (v = 0; v < NV; v++)
				acc[i][v] += bv[v] * x[(size_t)l * MR + i];
	}
#pragma GCC unroll 16
	for (i = 0; i < MR; i++)
#pragma GCC unroll 4
		for (v = 0; v < NV; v++) {
			float *at = c + i * ldc + v * JK_LANES;

			if (add)
				acc[i][v] += jk_vec_load(at, 0, JK_F32);
			jk_vec_store(at, 0, JK_F32, acc[i][v]);
		}
}

/* The same where only some rows and columns exist. */
static void
edge(uint32_t kc, const float *x, const float *b, float *c, size_t ldc,
    uint32_t rows, uint32_t columns, bool add)
{
	float t[MR * NR];
	uint32_t i;

	tile(kc, x, b, t, NR, false);
	for (i = 0; i < rows; i++)
		jk_put_sums(t + i * NR, columns, c + i * ldc, JK_F32, add);
}

/* A block of B with rows begin … end - 1 of x; inputs from l in the range. */
static void
multiply(const struct plan *p, const float *b, uint32_t l, uint32_t kc,
    uint32_t nc, uint32_t begin, uint32_t end, float *c, size_t ldc, bool add)
{
	uint32_t i, j, r, stop;

	for (i = begin; i < end; i = stop) {
		stop = end - i < MC ? end : i + MC;
		for (j = 0; j < nc; j += NR)
			for (r = i; r < stop; r += MR) {
				const float *x = p->x + r / MR * p->x_panel +
				    (size_t)l * MR;
				const float *panel = b + (size_t)j * kc;
				float *at = c + (r - begin) * ldc + j;

				if (stop - r >= MR && nc - j >= NR)
					tile(kc, x, panel, at, ldc, add);
				else
					edge(kc, x, panel, at, ldc, stop - r <
					    MR ? stop - r : MR, nc - j < NR ?
					    nc - j : NR, add);
			}
	}
}

/* Sums to rows of y in bf16. */
static void
put(const struct jk_weight_gemm *g, const float *c, size_t ldc,
    uint32_t begin, uint32_t end, uint32_t j, uint32_t nc)
{
	uint32_t i;

	for (i = begin; i < end; i++)
		jk_put_sums(c + (i - begin) * ldc, nc, (uint16_t *)g->y +
		    (size_t)i * g->ldy + j, JK_BF16, g->accumulate);
}

/* Before the first sum. */
static void
put_bias(const struct jk_weight_gemm *g, float *c, size_t ldc,
    uint32_t n_rows, uint32_t j, uint32_t nc, bool add)
{
	uint32_t i, n;

	for (i = 0; i < n_rows; i++)
		for (n = 0; n < nc; n++)
			c[i * ldc + n] = g->bias[j + n] +
			    (add ? c[i * ldc + n] : 0);
}

/*
 * One task: a block of columns, a group of rows, inputs first … first + n - 1.
 */
static void
task(const struct plan *p, uint32_t t, uint32_t first, uint32_t n)
{
	const struct jk_weight_gemm *g = p->g;
	const uint32_t j = t % p->n_blocks * p->nc;
	const uint32_t nc = g->n - j < p->nc ? g->n - j : p->nc;
	const uint32_t begin = t / p->n_blocks * p->group;
	const uint32_t end = g->m - begin < p->group ? g->m : begin +
	    p->group;
	float *b = p->parts + (size_t)omp_get_thread_num() * p->part;
	float *row = b + (size_t)p->nc * p->kc, *c;
	bool add = first > 0 || p->add;
	size_t ldc;
	uint32_t l, kc;

	if (g->type_y == JK_F32) {
		c = (float *)g->y + (size_t)begin * g->ldy + j;
		ldc = g->ldy;
	} else if (p->sums) {
		c = p->sums + (size_t)begin * g->n + j;
		ldc = g->n;
	} else {
		c = row + (size_t)JK_LANES * p->kc + p->nc;
		ldc = p->nc;
	}
	if (first == 0 && g->bias) {
		put_bias(g, c, ldc, end - begin, j, nc, add);
		add = true;
	}
	for (l = 0; l < n; l += kc) {
		kc = n - l < p->kc ? n - l : p->kc;
		if (g->back)
			decode_columns(g, first + l, kc, j, nc, row, b);
		else
			decode_rows(g, first + l, kc, j, nc, row, b);
		multiply(p, b, l, kc, nc, begin, end, c, ldc, add);
		add = true;
	}
	if (g->type_y == JK_BF16 && first + n == g->k)
		put(g, c, ldc, begin, end, j, nc);
}

/*
 * Columns and rows of a task, so that the thread with most work has least.
 * Decoding costs as much as some more rows.
 */
static void
cut_tasks(struct plan *p, uint32_t unit, uint32_t n_threads)
{
	enum { DECODING = 24, MIN_ROWS = 48, MIN_COLUMNS = 48 };
	const struct jk_weight_gemm *g = p->g;
	uint64_t least = UINT64_MAX;
	uint32_t nc, groups, most = g->m / MIN_ROWS;

	for (nc = round_up(MIN_COLUMNS, unit); nc <= NC || nc == unit;
	    nc += unit)
		for (groups = 1; groups == 1 || (groups <= most &&
		    groups <= 3 * n_threads); groups++) {
			uint32_t n_blocks = (g->n + nc - 1) / nc;
			uint32_t rows = round_up((g->m + groups - 1) / groups,
			    MR);
			uint32_t n_groups = (g->m + rows - 1) / rows;
			uint64_t cost = ((uint64_t)n_blocks * n_groups +
			    n_threads - 1) / n_threads * nc *
			    (rows + DECODING);

			if (cost > least)
				continue;
			least = cost;
			p->nc = nc;
			p->n_blocks = n_blocks;
			p->group = rows;
			p->n_groups = n_groups;
		}
}

/* Sizes of blocks, of a range of inputs, of the threads' tasks, of memory. */
static void
cut(struct plan *p, uint32_t n_threads)
{
	const struct jk_weight_gemm *g = p->g;
	const uint32_t unit = (uint32_t)jk_dtype_block((enum jk_dtype)
	    g->stored);
	uint32_t most;

	/*
	 * blocks of about the same size, along the stored rows in whole units
	 */
	p->kc = (g->k + KC - 1) / KC;
	p->kc = round_up((g->k + p->kc - 1) / p->kc, g->back ? 1 : unit);
	cut_tasks(p, g->back && unit > NR ? unit : NR, n_threads);
	most = X_BYTES / 4 / round_up(g->m, MR) / p->kc;
	p->kp = p->kc * (most ? most : 1);
	if (p->kp > g->k)
		p->kp = g->k;
	/* a panel's last vector may reach behind it */
	p->x_panel = ((size_t)p->kp * MR + JK_LANES + 15) / 16 * 16;
	p->n_x = (g->m + MR - 1) / MR * p->x_panel;
	p->part = (size_t)p->nc * p->kc + (size_t)JK_LANES * p->kc + p->nc;
	if (g->type_y == JK_BF16 && p->kp < g->k)
		p->n_sums = ((size_t)g->m * g->n + 15) / 16 * 16;
	else if (g->type_y == JK_BF16)
		p->part += (size_t)p->group * p->nc;
	p->part = (p->part + 15) / 16 * 16;
}

static size_t
scratch_bytes(const struct plan *p, uint32_t n_threads)
{
	return sizeof *p->x * (p->n_x + p->n_sums + n_threads * p->part);
}

size_t
jk_weight_gemm_scratch(const struct jk_weight_gemm *g, const struct jk_cpu *cpu)
{
	const uint32_t n_threads = (uint32_t)jk_cpu_threads(cpu);
	struct plan p = { .g = g };

	if (g->m == 0 || g->n == 0)
		return 0;
	cut(&p, n_threads);
	return scratch_bytes(&p, n_threads);
}

int
jk_weight_gemm_run(const struct jk_weight_gemm *g, struct jk_cpu *cpu,
    struct jk_err *err)
{
	const uint32_t n_threads = (uint32_t)jk_cpu_threads(cpu);
	struct plan p = { .g = g, .add = g->accumulate &&
		g->type_y == JK_F32 };
	uint32_t first, n, i;

	if (g->m == 0 || g->n == 0)
		return 0;
	cut(&p, n_threads);
	p.x = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_GEMM, scratch_bytes(&p,
	    n_threads));
	if (!p.x)
		return jk_fail_nomem(err);
	p.sums = p.n_sums ? p.x + p.n_x : NULL;
	p.parts = p.x + p.n_x + p.n_sums;
	for (first = 0; first < g->k; first += n) {
		n = g->k - first < p.kp ? g->k - first : p.kp;
#pragma omp parallel num_threads(jk_cpu_team(cpu))
		{
#pragma omp for schedule(static)
			for (i = 0; i < (g->m + MR - 1) / MR; i++)
				pack(g, i * MR, first, n, p.x + i * p.x_panel);
#pragma omp for schedule(dynamic)
			for (i = 0; i < p.n_blocks * p.n_groups; i++)
				if (!jk_cpu_is_stopped(cpu))
					task(&p, i, first, n);
		}
	}
	return 0;
}
