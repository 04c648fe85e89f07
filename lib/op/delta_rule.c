#include "op/delta_rule.h"

#include "cpu/cpu.h"
#include "op/delta_rule_step.h"

static float *
state_of(const struct jk_delta_rule *a, uint32_t slot, uint32_t h)
{
	return (float *)(uintptr_t)a->state + ((size_t)slot * a->n_heads + h) *
	    a->key_dim * a->value_dim;
}

/* The state of the sequence that begins at row t of the pass. */
static float *
enter(const struct jk_delta_rule *a, const struct jk_row *row, uint32_t t,
    uint32_t h)
{
	const size_t size = sizeof(float) * a->key_dim * a->value_dim;
	uint32_t from = 0, to = t > 0;
	float *s;

	if (a->sequence_rows) {
		to = jk_slot_of(row->own_begin, a->n_prefixes, a->prefix_rows,
		    a->sequence_rows);
		if (row->prefix_len)
			from = jk_slot_of(row->prefix_begin, a->n_prefixes,
			    a->prefix_rows, a->sequence_rows);
	}
	s = state_of(a, to, h);
	if (row->position > row->prefix_len)
		return s;
	if (row->prefix_len)
		memcpy(s, state_of(a, from, h), size);
	else
		memset(s, 0, size);
	return s;
}

static void
token(const struct jk_delta_rule *a, uint32_t t, uint32_t h, float *s)
{
	struct jk_delta_token token;
	float e[JK_DELTA_MAX_DIM], y[JK_DELTA_MAX_DIM];
	void *out = jk_at(a->y, (size_t)t * a->ldy + (size_t)h * a->value_dim,
	    a->type);
	uint32_t j;

	jk_delta_load(a, t, h, &token);
	jk_delta_error(a, s, &token, e);
	jk_delta_write(a, s, &token, e);
	jk_delta_read(s, token.q, a->key_dim, a->value_dim, y);
	for (j = 0; j < a->value_dim; j++)
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
			s = enter(a, &rows[t], t, h);
		token(a, t, h, s);
	}
}

JK_HOST_OP(delta_rule)
{
	uint32_t h;

	(void)err;
#pragma omp parallel for schedule(dynamic) num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * a->n_heads * a->key_dim * a->value_dim))
	for (h = 0; h < a->n_heads; h++)
		head(a, cpu, h);
	return 0;
}
