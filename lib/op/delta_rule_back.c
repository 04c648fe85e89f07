#include "op/delta_rule_back.h"

#include <omp.h>
#include <string.h>

#include "cpu/cpu.h"
#include "cpu/need.h"
#include "op/delta_rule_back_chunk.h"

_Static_assert(JK_DELTA_SHARES <= JK_DELTA_CHUNK && JK_DELTA_ROWS >=
    JK_DELTA_CHUNK, "states of shares and of chunks have places in work");

/* A value head at work. */
struct work {
	const struct jk_delta_rule_back *a;
	const struct jk_cpu *cpu;
	const struct jk_row *rows;
	struct jk_delta_back *b;
	uint32_t h, n_prefix;
	bool adds;		/* to dq and dk: not the key head's first */
	size_t n;		/* floats of a state */
	float *states;
	float *kept;		/* those before a sequence's chunks */
	bool is_alone;		/* no other thread has them */
};

/* --- memory */

static float *
states_of(const struct work *w, uint32_t h)
{
	return (float *)(uintptr_t)w->a->work + h * w->n *
	    jk_delta_states(w->a->n_rows);
}

static float *
state(const struct work *w, uint32_t number)
{
	return w->states + number * w->n;
}

/*
 * That before row t, of the sequence that begins at row `first`.  A thread takes
 * the same memory for all, which stays in its cache; where there are more
 * threads than heads, a head's, in which no two sequences meet.
 */
static float *
kept(const struct work *w, uint32_t first, uint32_t t)
{
	return w->kept + (t - (w->is_alone ? first : 0)) / JK_DELTA_ROWS *
	    w->n;
}

/* --- sequences, in chunks counted from their own first row */

/* The states before a sequence's chunks; what it leaves, if it is the prefix. */
static void
go_forward(const struct work *w, uint32_t first, uint32_t end, bool is_prefix)
{
	struct jk_delta_tiles *c = &w->b->tiles;
	bool has_state = w->rows[first].prefix_len > 0;
	uint32_t t, n;

	if (has_state)
		jk_delta_load_state(c, state(w, JK_DELTA_PREFIX), w->b->s);
	for (t = first; t < end && !jk_cpu_is_stopped(w->cpu); t += n) {
		n = end - t < JK_DELTA_ROWS ? end - t : JK_DELTA_ROWS;
		if (t > first)
			jk_delta_store_state(c, w->b->s,
			    kept(w, first, t));
		if (t + n == end && !is_prefix)
			break;
		jk_delta_load(c, t, n, w->h);
		jk_delta_solve(c, t, w->h, has_state ? w->b->s : NULL);
		jk_delta_advance(c, w->b->s, has_state);
		has_state = true;
	}
	if (is_prefix)
		jk_delta_store_state(c, w->b->s, state(w, JK_DELTA_PREFIX));
}

/* Back, with ds, if there is one, behind the last row. */
static void
go_back(const struct work *w, uint32_t first, uint32_t end, bool has_ds)
{
	const bool has_prefix = w->rows[first].prefix_len > 0;
	uint32_t t, last = end;

	for (; last > first && !jk_cpu_is_stopped(w->cpu); last = t) {
		t = first + (last - first - 1) / JK_DELTA_ROWS *
		    JK_DELTA_ROWS;
		if (t > first || has_prefix)
			jk_delta_load_state(&w->b->tiles, t > first ?
			    kept(w, first, t) : state(w, JK_DELTA_PREFIX),
			    w->b->s);
		jk_delta_back_chunk(w->b, t, last - t, w->h, w->adds,
		    t > first || has_prefix, has_ds);
		has_ds = true;
	}
}

/* The last row of a share before t where a sequence begins; or UINT32_MAX. */
static uint32_t
begin_below(const struct work *w, uint32_t number, uint32_t t)
{
	const uint32_t end = jk_delta_share(w->a->n_rows, number);

	while (t-- > end && t >= w->n_prefix)
		if (jk_begins(w->rows, t))
			return t;
	return UINT32_MAX;
}

static float *
sum_of(const struct work *w, uint32_t number)
{
	return state(w, JK_DELTA_IN_CHUNK + number);
}

/*
 * A share's sequences behind the prefix, from the last to the first; the sum of
 * what reaches the prefix into a state of its own.
 */
static void
share(struct work *w, uint32_t number)
{
	const uint32_t end = jk_delta_share(w->a->n_rows, number + 1);
	const uint32_t n = w->a->value_dim;
	float *sum = sum_of(w, number);
	bool adds = false;
	uint32_t t = end, i, j;

	for (; (t = begin_below(w, number, t)) != UINT32_MAX; adds = true) {
		const uint32_t last = jk_sequence_end(w->rows, t,
		    w->a->n_rows);

		go_forward(w, t, last, false);
		go_back(w, t, last, false);
		if (!w->n_prefix)
			continue;
		if (!adds)
			jk_delta_store_state(&w->b->tiles, w->b->ds, sum);
		for (i = 0; adds && i < w->a->key_dim; i++)
			for (j = 0; j < n; j++)
				sum[(size_t)i * n + j] += w->b->ds[(size_t)i *
				    w->b->tiles.ldv + j];
	}
}

static void
prefix(struct work *w)
{
	float *sum = state(w, JK_DELTA_D_PREFIX);
	uint32_t number;
	size_t i;

	memset(sum, 0, w->n * sizeof *sum);
	for (number = JK_DELTA_SHARES; number-- > 0; ) {
		if (begin_below(w, number, jk_delta_share(w->a->n_rows,
		    number + 1)) == UINT32_MAX)
			continue;
		for (i = 0; i < w->n; i++)
			sum[i] += sum_of(w, number)[i];
	}
	/* once more: others have been where its states were kept */
	go_forward(w, 0, w->n_prefix, false);
	jk_delta_load_state(&w->b->tiles, sum, w->b->ds);
	go_back(w, 0, w->n_prefix, true);
}

/* --- heads */

static void
take_head(struct work *w, uint32_t h)
{
	w->h = h;
	w->adds = h % (w->a->n_heads / w->a->n_k_heads) != 0;
	w->states = states_of(w, h);
	if (!w->is_alone)
		w->kept = state(w, JK_DELTA_KEPT);
}

/* All of it, by one of several threads with tiles of its own. */
static void
run(const struct jk_delta_rule_back *a, const struct jk_cpu *cpu,
    const struct jk_delta_rule *forward, float *tiles)
{
	const uint32_t n_group = a->n_heads / a->n_k_heads;
	struct jk_delta_back b;
	struct work w = { .a = a, .cpu = cpu,
		.rows = (const struct jk_row *)(uintptr_t)a->rows, .b = &b,
		.n = (size_t)a->key_dim * a->value_dim,
		.is_alone = (uint32_t)omp_get_num_threads() <= a->n_heads };
	uint32_t i, h, n;

	if (w.is_alone) {
		w.states = states_of(&w, (uint32_t)omp_get_thread_num());
		w.kept = state(&w, JK_DELTA_KEPT);
	}
	w.n_prefix = jk_prefix_rows(w.rows, a->n_rows);
	n = w.n_prefix ? a->n_heads : 0;
	jk_delta_back_tiles(&b, a, forward, tiles);
#pragma omp for schedule(dynamic)
	for (h = 0; h < n; h++) {
		take_head(&w, h);
		go_forward(&w, 0, w.n_prefix, true);
	}
	/* value heads of a key head one behind the other: they add to dq, dk */
#pragma omp for schedule(dynamic)
	for (i = 0; i < JK_DELTA_SHARES * a->n_k_heads; i++)
		for (h = 0; h < n_group; h++) {
			take_head(&w, i % a->n_k_heads * n_group + h);
			share(&w, i / a->n_k_heads);
		}
#pragma omp for schedule(dynamic)
	for (i = 0; i < (n ? a->n_k_heads : 0); i++)
		for (h = 0; h < n_group; h++) {
			take_head(&w, i * n_group + h);
			prefix(&w);
		}
}

JK_HOST_NEED(delta_rule_back)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, sizeof(float) *
	    jk_delta_back_floats(a->key_dim, a->value_dim) *
	    (uint64_t)jk_cpu_threads(cpu));
}

JK_HOST_OP(delta_rule_back)
{
	const struct jk_delta_rule forward = { .q = a->q, .k = a->k, .v = a->v,
		.gates = a->gates, .rows = a->rows, .n_rows = a->n_rows,
		.n_heads = a->n_heads, .n_k_heads = a->n_k_heads,
		.key_dim = a->key_dim, .value_dim = a->value_dim,
		.ldk = a->ldk, .ldv = a->ldv, .type = a->type };
	const size_t n_floats = jk_delta_back_floats(a->key_dim, a->value_dim);
	const int n_threads = jk_cpu_parallel(cpu, (uint64_t)a->n_rows *
	    a->n_heads * a->key_dim * a->value_dim);
	float *memory = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    sizeof *memory * n_floats * (size_t)n_threads);

	if (!memory)
		return jk_fail_nomem(err);
#pragma omp parallel num_threads(n_threads)
	run(a, cpu, &forward, memory + (size_t)omp_get_thread_num() *
	    n_floats);
	return 0;
}
