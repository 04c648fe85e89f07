#include "op/delta_rule_chunk.h"

#include <string.h>

#include "cpu/element.h"
#include "cpu/tile.h"

float *
jk_delta_tiles(struct jk_delta_tiles *c, const struct jk_delta_rule *a,
    float *memory)
{
	const size_t n = JK_DELTA_ROWS;

	c->a = a;
	c->ldk = jk_delta_padded(a->key_dim);
	c->ldv = jk_delta_padded(a->value_dim);
	c->kq = memory;
	c->kqt = c->kq + 2 * n * c->ldk;
	c->ks = c->kqt + 2 * n * c->ldk;
	c->w = c->ks + n * c->ldv;
	c->e = c->w + n * c->ldv;
	c->np = c->e + n * c->ldv;
	return c->np + 2 * n * n;
}

/* m, from, to and beta */
static void
load_gates(struct jk_delta_tiles *c, uint32_t t, uint32_t h)
{
	const size_t step = 2 * (size_t)c->a->n_heads;
	const float *gates = (const float *)(uintptr_t)c->a->gates + t * step;
	float now[JK_DELTA_ROWS] = { 0 }, from = 1;
	uint32_t r, i;

	for (r = 0; r < c->n; r++) {
		const float decay = jk_expf(gates[r * step + h]);

#pragma omp simd
		for (i = 0; i < JK_DELTA_ROWS; i++) {
			float m = now[i] * decay;

			now[i] = m < JK_DELTA_FAINT ? 0 : m;
		}
		now[r] = 1;
		memcpy(c->m[r], now, sizeof now);
		from *= decay;
		from = from < JK_DELTA_FAINT ? 0 : from;
		c->from[r] = from;
		c->beta[r] = gates[r * step + c->a->n_heads + h];
	}
	memcpy(c->to, now, sizeof now);
}

void
jk_delta_load(struct jk_delta_tiles *c, uint32_t t, uint32_t n, uint32_t h)
{
	const struct jk_delta_rule *a = c->a;
	const size_t at = (size_t)t * a->ldk + (size_t)(h /
	    (a->n_heads / a->n_k_heads)) * a->key_dim;
	uint32_t r, i;

	c->n = n;
	c->width = jk_delta_padded(n);
	c->width2 = jk_delta_padded(2 * n);
	jk_tile_load(jk_at(a->k, at, a->type), a->type, a->ldk, n, a->key_dim,
	    c->kq, c->ldk);
	jk_tile_load(jk_at(a->q, at, a->type), a->type, a->ldk, n, a->key_dim,
	    c->kq + (size_t)n * c->ldk, c->ldk);
	jk_tile_load_transposed(c->kq, JK_F32, c->ldk, 2 * n, a->key_dim,
	    c->kqt, c->width2);
	load_gates(c, t, h);
	jk_tile_gemm(2 * n, c->width, a->key_dim, c->kq, c->ldk, 1, c->kqt,
	    c->width2, c->np, c->width, false);
	for (r = 0; r < n; r++) {
		float *nr = c->np + (size_t)r * c->width;
		float *pr = nr + (size_t)n * c->width;

		/* chosen, not multiplied: what is behind r may be anything */
#pragma omp simd
		for (i = 0; i < c->width; i++) {
			nr[i] = i < r ? -c->m[r][i] * nr[i] : 0;
			pr[i] = i <= r ? c->m[r][i] * pr[i] : 0;
		}
	}
}

void
jk_delta_solve(struct jk_delta_tiles *c, uint32_t t, uint32_t h,
    const float *s)
{
	const struct jk_delta_rule *a = c->a;
	const uint32_t ldv = c->ldv;
	uint32_t r, j;

	jk_tile_load(jk_at(a->v, (size_t)t * a->ldv + (size_t)h *
	    a->value_dim, a->type), a->type, a->ldv, c->n, a->value_dim, c->w,
	    ldv);
	if (s)
		jk_tile_gemm(c->n, ldv, a->key_dim, c->kq, c->ldk, 1, s, ldv,
		    c->ks, ldv, false);
	for (r = 0; r < c->n; r++) {
		const float *ks = c->ks + (size_t)r * ldv;
		float *w = c->w + (size_t)r * ldv, *e = c->e + (size_t)r * ldv;

		if (s)
#pragma omp simd
			for (j = 0; j < ldv; j++)
				w[j] -= c->from[r] * ks[j];
		jk_tile_gemm(1, ldv, r, c->np + (size_t)r * c->width,
		    c->width, 1, c->e, ldv, w, ldv, true);
#pragma omp simd
		for (j = 0; j < ldv; j++)
			e[j] = c->beta[r] * w[j];
	}
}

void
jk_delta_advance(struct jk_delta_tiles *c, float *s, bool has_state)
{
	const uint32_t ldv = c->ldv;
	const size_t n_floats = jk_delta_state_floats(c->a->key_dim,
	    c->a->value_dim);
	const float decay = c->from[c->n - 1];
	uint32_t r, j;
	size_t i;

	/* w is not asked for again: diag(M[n, :]) E takes its place */
	for (r = 0; r < c->n; r++)
#pragma omp simd
		for (j = 0; j < ldv; j++)
			c->w[(size_t)r * ldv + j] = c->to[r] *
			    c->e[(size_t)r * ldv + j];
	if (has_state)
#pragma omp simd
		for (i = 0; i < n_floats; i++)
			s[i] *= decay;
	jk_tile_gemm(c->a->key_dim, ldv, c->n, c->kq, 1, c->ldk, c->w, ldv, s,
	    ldv, has_state);
}

void
jk_delta_load_state(const struct jk_delta_tiles *c, const float *from,
    float *s)
{
	const struct jk_delta_rule *a = c->a;

	jk_tile_load(from, JK_F32, a->value_dim, a->key_dim, a->value_dim, s,
	    c->ldv);
}

void
jk_delta_store_state(const struct jk_delta_tiles *c, const float *s, float *to)
{
	const uint32_t n = c->a->value_dim;
	uint32_t i;

	for (i = 0; i < c->a->key_dim; i++)
		memcpy(to + (size_t)i * n, s + (size_t)i * c->ldv,
		    n * sizeof *s);
}
