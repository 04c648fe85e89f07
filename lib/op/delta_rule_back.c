#include "op/delta_rule_back.h"

#include "cpu/cpu.h"
#include "op/delta_rule_step.h"

/* A value head at work. */
struct work {
	const struct jk_delta_rule_back *a;
	struct jk_delta_rule forward;	/* its arguments, for the steps */
	const struct jk_row *rows;
	uint32_t h;
	bool adds;		/* to dq and dk: not the key head's first */
	size_t n;		/* floats of a state */
	float *states;
};

static float *
state(const struct work *w, uint32_t number)
{
	return w->states + number * w->n;
}

/* What the sequence begins with, into `s`. */
static void
enter(const struct work *w, const struct jk_row *row, float *s)
{
	if (row->prefix_len)
		memcpy(s, state(w, JK_DELTA_PREFIX), w->n * sizeof *s);
	else
		memset(s, 0, w->n * sizeof *s);
}

/* s behind row t, from s before it. */
static void
pass(const struct work *w, uint32_t t, float *s)
{
	struct jk_delta_token token;
	float e[JK_DELTA_MAX_DIM];

	jk_delta_load(&w->forward, t, w->h, &token);
	jk_delta_error(&w->forward, s, &token, e);
	jk_delta_write(&w->forward, s, &token, e);
}

/* All rows once: the states that are kept, and the prefix's. */
static void
go_forward(const struct work *w)
{
	const uint32_t n = w->a->n_rows;
	float *s = state(w, JK_DELTA_NOW);
	uint32_t t;

	for (t = 0; t < n; t++) {
		if (jk_begins(w->rows, t))
			enter(w, &w->rows[t], s);
		else if (t % JK_DELTA_CHUNK == 0)
			memcpy(state(w, JK_DELTA_KEPT + t / JK_DELTA_CHUNK), s,
			    w->n * sizeof *s);
		pass(w, t, s);
		if (!w->rows[t].prefix_len && t + 1 < n &&
		    w->rows[t + 1].prefix_len)
			memcpy(state(w, JK_DELTA_PREFIX), s, w->n * sizeof *s);
	}
}

/* Sums of a token's gradient over the columns of the states, row i. */
struct sums {
	float dq, dk, dg;
};

JK_INLINE struct sums
step_row(const float *before, const float *after, float *ds, uint32_t n,
    float k, float decay, const float *dy, const float *e, const float *du)
{
	float dq = 0, dk = 0, dg = 0;
	uint32_t j;

#pragma omp simd reduction(+:dq, dk, dg)
	for (j = 0; j < n; j++) {
		float kept = decay * before[j], d = ds[j] + k * du[j];

		dq += after[j] * dy[j];
		dk += ds[j] * e[j] + kept * du[j];
		dg += d * kept;
		ds[j] = decay * d;
	}
	return (struct sums){ dq, dk, dg };
}

/* ds += scale q dy^T */
static void
add_output(const struct work *w, const struct jk_delta_token *token,
    const float *dy, float *ds)
{
	const uint32_t n = w->a->value_dim;
	uint32_t i, j;

	for (i = 0; i < w->a->key_dim; i++, ds += n) {
		const float q = w->a->scale * token->q[i];

#pragma omp simd
		for (j = 0; j < n; j++)
			ds[j] += q * dy[j];
	}
}

/* Row t back, between the states before and after it. */
static void
step(const struct work *w, uint32_t t, const float *before,
    const float *after, float *ds)
{
	const struct jk_delta_rule_back *a = w->a;
	const uint32_t type = a->type, n = a->value_dim;
	const size_t at_k = (size_t)t * a->ldk + (size_t)(w->h /
	    (a->n_heads / a->n_k_heads)) * a->key_dim;
	float *dgates = (float *)(uintptr_t)a->dgates + (size_t)t * 2 *
	    a->n_heads;
	void *dq = jk_at(a->dq, at_k, type), *dk = jk_at(a->dk, at_k, type);
	void *dv = jk_at(a->dv, (size_t)t * a->ldv + (size_t)w->h * n, type);
	struct jk_delta_token token;
	float e[JK_DELTA_MAX_DIM], de[JK_DELTA_MAX_DIM];
	float du[JK_DELTA_MAX_DIM], dy[JK_DELTA_MAX_DIM];
	float dg = 0, dbeta = 0;
	uint32_t i, j;

	jk_delta_load(&w->forward, t, w->h, &token);
	jk_delta_floats(a->dy, (size_t)t * a->ldy + (size_t)w->h * n, n, type,
	    dy);
	jk_delta_read(before, token.k, a->key_dim, n, e);
	add_output(w, &token, dy, ds);
	jk_delta_read(ds, token.k, a->key_dim, n, de);
	for (j = 0; j < n; j++) {
		e[j] = token.v[j] - token.decay * e[j];
		dbeta += de[j] * e[j];
		e[j] *= token.beta;
		jk_store(dv, j, type, token.beta * de[j]);
		du[j] = -token.beta * de[j];
	}
	for (i = 0; i < a->key_dim; i++) {
		const size_t row = (size_t)i * n;
		const struct sums s = step_row(before + row, after + row,
		    ds + row, n, token.k[i], token.decay, dy, e, du);

		jk_store(dq, i, type, a->scale * s.dq + (w->adds ?
		    jk_load(dq, i, type) : 0));
		jk_store(dk, i, type, s.dk + (w->adds ?
		    jk_load(dk, i, type) : 0));
		dg += s.dg;
	}
	dgates[w->h] = dg;
	dgates[a->n_heads + w->h] = dbeta;
}

/* Rows begin … end - 1, of one sequence (from row `first` on) and chunk. */
static void
chunk(const struct work *w, uint32_t first, uint32_t begin, uint32_t end)
{
	float *s = state(w, JK_DELTA_NOW);
	uint32_t t;

	if (begin == first)
		enter(w, &w->rows[first], s);
	else
		memcpy(s, state(w, JK_DELTA_KEPT + begin / JK_DELTA_CHUNK),
		    w->n * sizeof *s);
	for (t = begin; t < end; t++) {
		memcpy(state(w, JK_DELTA_IN_CHUNK + t - begin), s,
		    w->n * sizeof *s);
		pass(w, t, s);
	}
	for (t = end; t-- > begin; s = state(w, JK_DELTA_IN_CHUNK + t - begin))
		step(w, t, state(w, JK_DELTA_IN_CHUNK + t - begin), s,
		    state(w, JK_DELTA_D_NOW));
}

/* All rows back, from the last sequence to the first. */
static void
go_back(const struct work *w, const struct jk_cpu *cpu)
{
	float *ds = state(w, JK_DELTA_D_NOW);
	float *prefix = state(w, JK_DELTA_D_PREFIX);
	uint32_t end, first, begin;
	size_t i;

	memset(prefix, 0, w->n * sizeof *prefix);
	for (end = w->a->n_rows; end > 0; end = first) {
		for (first = end - 1; !jk_begins(w->rows, first); first--)
			;
		if (w->rows[first].prefix_len)
			memset(ds, 0, w->n * sizeof *ds);
		else
			memcpy(ds, prefix, w->n * sizeof *ds);
		for (; end > first && !jk_cpu_is_stopped(cpu); end = begin) {
			begin = (end - 1) / JK_DELTA_CHUNK * JK_DELTA_CHUNK;
			if (begin < first)
				begin = first;
			chunk(w, first, begin, end);
		}
		for (i = 0; w->rows[first].prefix_len && i < w->n; i++)
			prefix[i] += ds[i];
	}
}

static void
key_head(const struct jk_delta_rule_back *a, const struct jk_cpu *cpu,
    uint32_t g)
{
	const uint32_t n_group = a->n_heads / a->n_k_heads;
	struct work w = { .a = a, .forward = { .q = a->q, .k = a->k, .v = a->v,
		.gates = a->gates, .n_rows = a->n_rows, .n_heads = a->n_heads,
		.n_k_heads = a->n_k_heads, .key_dim = a->key_dim,
		.value_dim = a->value_dim, .ldk = a->ldk, .ldv = a->ldv,
		.type = a->type },
		.rows = (const struct jk_row *)(uintptr_t)a->rows,
		.n = (size_t)a->key_dim * a->value_dim };
	uint32_t i;

	for (i = 0; i < n_group; i++) {
		w.h = g * n_group + i;
		w.adds = i > 0;
		w.states = (float *)(uintptr_t)a->work + w.h * w.n *
		    jk_delta_states(a->n_rows);
		go_forward(&w);
		go_back(&w, cpu);
	}
}

JK_HOST_OP(delta_rule_back)
{
	uint32_t g;

	(void)err;
#pragma omp parallel for schedule(dynamic) num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_heads * a->key_dim * a->value_dim))
	for (g = 0; g < a->n_k_heads; g++)
		key_head(a, cpu, g);
	return 0;
}
