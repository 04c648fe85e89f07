#include "op/delta_rule.h"

#include <omp.h>
#include <string.h>

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "cpu/need.h"
#include "cpu/tile.h"
#include "op/delta_rule_chunk.h"

static float *
state_of(const struct jk_delta_rule *a, uint32_t slot, uint32_t h)
{
	return (float *)(uintptr_t)a->state + ((size_t)slot * a->n_heads + h) *
	    a->key_dim * a->value_dim;
}

/* --- token by token, through a cache */

/* The state of the sequence that goes on, or begins, with a row of the pass. */
static float *
enter(const struct jk_delta_rule *a, const struct jk_row *row, uint32_t h)
{
	const size_t size = sizeof(float) * a->key_dim * a->value_dim;
	float *s = state_of(a, jk_slot_of(row->own_begin, a->n_prefixes,
	    a->prefix_rows, a->sequence_rows), h);

	if (row->position > row->prefix_len)
		return s;
	if (row->prefix_len)
		memcpy(s, state_of(a, jk_slot_of(row->prefix_begin,
		    a->n_prefixes, a->prefix_rows, a->sequence_rows), h),
		    size);
	else
		memset(s, 0, size);
	return s;
}

JK_INLINE void
floats(uint64_t x, size_t at, uint32_t n, uint32_t type, float *y)
{
	const void *p = jk_at(x, at, type);
	uint32_t i;

	for (i = 0; i < n; i++)
		y[i] = jk_load(p, i, type);
}

/* y [n] = S^T x, S [m, n]; four rows at a time. */
JK_INLINE void
read_state(const float *s, const float *x, uint32_t m, uint32_t n, float *y)
{
	uint32_t i, j;

	memset(y, 0, n * sizeof *y);
	for (i = 0; i + 4 <= m; i += 4, s += (size_t)4 * n) {
		const float *s1 = s + n, *s2 = s1 + n, *s3 = s2 + n;
		const float x0 = x[i], x1 = x[i + 1], x2 = x[i + 2],
		    x3 = x[i + 3];

#pragma omp simd
		for (j = 0; j < n; j++)
			y[j] += x0 * s[j] + x1 * s1[j] + x2 * s2[j] +
			    x3 * s3[j];
	}
	for (; i < m; i++, s += n)
#pragma omp simd
		for (j = 0; j < n; j++)
			y[j] += x[i] * s[j];
}

static void
token(const struct jk_delta_rule *a, uint32_t t, uint32_t h, float *s)
{
	const uint32_t m = a->key_dim, n = a->value_dim;
	const float *gates = (const float *)(uintptr_t)a->gates +
	    (size_t)t * 2 * a->n_heads;
	const float decay = jk_expf(gates[h]), beta = gates[a->n_heads + h];
	const size_t at = (size_t)t * a->ldk + (size_t)(h / (a->n_heads /
	    a->n_k_heads)) * m;
	float q[JK_DELTA_MAX_DIM], k[JK_DELTA_MAX_DIM], v[JK_DELTA_MAX_DIM];
	float e[JK_DELTA_MAX_DIM], y[JK_DELTA_MAX_DIM], *row = s;
	void *out = jk_at(a->y, (size_t)t * a->ldy + (size_t)h * n, a->type);
	uint32_t i, j;

	floats(a->q, at, m, a->type, q);
	floats(a->k, at, m, a->type, k);
	floats(a->v, (size_t)t * a->ldv + (size_t)h * n, n, a->type, v);
	read_state(s, k, m, n, e);
#pragma omp simd
	for (j = 0; j < n; j++)
		e[j] = beta * (v[j] - decay * e[j]);
	for (i = 0; i < m; i++, row += n)
#pragma omp simd
		for (j = 0; j < n; j++)
			row[j] = decay * row[j] + k[i] * e[j];
	read_state(s, q, m, n, y);
	for (j = 0; j < n; j++)
		jk_store(out, j, a->type, a->scale * y[j]);
}

static void
head(const struct jk_delta_rule *a, const struct jk_cpu *cpu, uint32_t h)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	float *s = NULL;
	uint32_t t;

	for (t = 0; t < a->n_rows && !jk_cpu_is_stopped(cpu); t++) {
		if (jk_begins(rows, t))
			s = enter(a, &rows[t], h);
		token(a, t, h, s);
	}
}

/* --- a pack, chunk by chunk */

/* What a thread works with. */
struct work {
	struct jk_delta_tiles tiles;
	float *s;	/* the state as it runs [D_k, ldv] */
};

static size_t
work_floats(const struct jk_delta_rule *a)
{
	return jk_delta_tile_floats(a->key_dim, a->value_dim) +
	    jk_delta_state_floats(a->key_dim, a->value_dim);
}

/* Y of a chunk, where the state is s before it (NULL: 0); in ks' place. */
static void
put(struct jk_delta_tiles *c, uint32_t t, uint32_t h, const float *s)
{
	const struct jk_delta_rule *a = c->a;
	const uint32_t ldv = c->ldv, n = c->n;
	float *y = c->ks;
	uint32_t r, j;

	if (s)
		jk_tile_gemm(n, ldv, a->key_dim, c->kq + (size_t)n * c->ldk,
		    c->ldk, 1, s, ldv, y, ldv, false);
	for (r = 0; s && r < n; r++)
#pragma omp simd
		for (j = 0; j < ldv; j++)
			y[(size_t)r * ldv + j] *= c->from[r];
	jk_tile_gemm(n, ldv, n, c->np + (size_t)n * c->width, c->width, 1,
	    c->e, ldv, y, ldv, s != NULL);
	for (r = 0; r < n; r++)
		jk_tile_store(y + (size_t)r * ldv, a->value_dim, a->scale,
		    jk_at(a->y, (size_t)(t + r) * a->ldy + (size_t)h *
		    a->value_dim, a->type), a->type);
}

/* Rows first … end - 1; what they leave into the first slot if it is `kept`. */
static void
sequence(struct work *w, const struct jk_cpu *cpu, uint32_t first,
    uint32_t end, uint32_t h, bool kept)
{
	const struct jk_delta_rule *a = w->tiles.a;
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	struct jk_delta_tiles *c = &w->tiles;
	bool has_state = rows[first].prefix_len > 0;
	uint32_t t, n;

	if (has_state)
		jk_delta_load_state(c, state_of(a, 0, h), w->s);
	for (t = first; t < end && !jk_cpu_is_stopped(cpu); t += n) {
		n = end - t < JK_DELTA_ROWS ? end - t : JK_DELTA_ROWS;
		jk_delta_load(c, t, n, h);
		jk_delta_solve(c, t, h, has_state ? w->s : NULL);
		put(c, t, h, has_state ? w->s : NULL);
		if (t + n < end || kept)
			jk_delta_advance(c, w->s, has_state);
		has_state = true;
	}
	if (kept)
		jk_delta_store_state(c, w->s, state_of(a, 0, h));
}

/* The sequences behind the prefix that begin in a share of the rows. */
static void
share(struct work *w, const struct jk_cpu *cpu, uint32_t number, uint32_t h,
    uint32_t n_prefix)
{
	const struct jk_delta_rule *a = w->tiles.a;
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const uint32_t end = jk_delta_share(a->n_rows, number + 1);
	uint32_t t = jk_delta_share(a->n_rows, number);

	for (; t < end; t++)
		if (t >= n_prefix && jk_begins(rows, t))
			sequence(w, cpu, t, jk_sequence_end(rows, t,
			    a->n_rows), h, false);
}

static int
pack(const struct jk_delta_rule *a, struct jk_cpu *cpu, struct jk_err *err)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	const uint32_t n_prefix = jk_prefix_rows(rows, a->n_rows);
	const int n_threads = jk_cpu_parallel(cpu, (uint64_t)a->n_rows *
	    a->n_heads * a->key_dim * a->value_dim);
	float *memory = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    sizeof *memory * work_floats(a) * (size_t)n_threads);
	uint32_t h, i;

	if (!memory)
		return jk_fail_nomem(err);
#pragma omp parallel num_threads(n_threads)
	{
		struct work w;

		w.s = jk_delta_tiles(&w.tiles, a, memory +
		    (size_t)omp_get_thread_num() * work_floats(a));
#pragma omp for schedule(dynamic)
		for (h = 0; h < (n_prefix ? a->n_heads : 0); h++)
			sequence(&w, cpu, 0, n_prefix, h, true);
#pragma omp for schedule(dynamic)
		for (i = 0; i < JK_DELTA_SHARES * a->n_heads; i++)
			share(&w, cpu, i / a->n_heads, i % a->n_heads,
			    n_prefix);
	}
	return 0;
}

JK_HOST_NEED(delta_rule)
{
	if (!a->sequence_rows)
		jk_cpu_needs(need, JK_CPU_SCRATCH_OP, sizeof(float) *
		    work_floats(a) * (uint64_t)jk_cpu_threads(cpu));
}

JK_HOST_OP(delta_rule)
{
	uint32_t h;

	if (!a->sequence_rows)
		return pack(a, cpu, err);
#pragma omp parallel for schedule(dynamic) num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_heads * a->key_dim * a->value_dim))
	for (h = 0; h < a->n_heads; h++)
		head(a, cpu, h);
	return 0;
}
