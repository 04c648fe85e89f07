#ifndef JK_OP_DELTA_RULE_STEP_H
#define JK_OP_DELTA_RULE_STEP_H

#include <string.h>

#include "cpu/element.h"
#include "op/delta_rule.h"

/* A token's step on the host: there and back again. */

/* What a head has of a token. */
struct jk_delta_token {
	float q[JK_DELTA_MAX_DIM], k[JK_DELTA_MAX_DIM], v[JK_DELTA_MAX_DIM];
	float decay, beta;
};

JK_INLINE void
jk_delta_floats(uint64_t x, size_t at, uint32_t n, uint32_t type, float *y)
{
	const void *p = jk_at(x, at, type);
	uint32_t i;

	for (i = 0; i < n; i++)
		y[i] = jk_load(p, i, type);
}

JK_INLINE void
jk_delta_load(const struct jk_delta_rule *a, uint32_t t, uint32_t h,
    struct jk_delta_token *token)
{
	const float *gates = (const float *)(uintptr_t)a->gates +
	    (size_t)t * 2 * a->n_heads;
	const size_t at = (size_t)t * a->ldk +
	    (size_t)(h / (a->n_heads / a->n_k_heads)) * a->key_dim;

	jk_delta_floats(a->q, at, a->key_dim, a->type, token->q);
	jk_delta_floats(a->k, at, a->key_dim, a->type, token->k);
	jk_delta_floats(a->v, (size_t)t * a->ldv + (size_t)h * a->value_dim,
	    a->value_dim, a->type, token->v);
	token->decay = jk_expf(gates[h]);
	token->beta = gates[a->n_heads + h];
}

/* y [n] = S^T x, S [m, n]; four rows at a time. */
JK_INLINE void
jk_delta_read(const float *s, const float *x, uint32_t m, uint32_t n, float *y)
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

/* e [D_v] of a token that meets the state s. */
JK_INLINE void
jk_delta_error(const struct jk_delta_rule *a, const float *s,
    const struct jk_delta_token *token, float *e)
{
	uint32_t j;

	jk_delta_read(s, token->k, a->key_dim, a->value_dim, e);
#pragma omp simd
	for (j = 0; j < a->value_dim; j++)
		e[j] = token->beta * (token->v[j] - token->decay * e[j]);
}

/* s = decay * s + k e^T. */
JK_INLINE void
jk_delta_write(const struct jk_delta_rule *a, float *s,
    const struct jk_delta_token *token, const float *e)
{
	const float decay = token->decay;
	uint32_t i, j;

	for (i = 0; i < a->key_dim; i++, s += a->value_dim) {
		const float k = token->k[i];

#pragma omp simd
		for (j = 0; j < a->value_dim; j++)
			s[j] = decay * s[j] + k * e[j];
	}
}

#endif
