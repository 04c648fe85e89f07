#include "op/delta_rule_back_chunk.h"

#include <string.h>

#include "cpu/element.h"
#include "cpu/tile.h"

void
jk_delta_back_tiles(struct jk_delta_back *b,
    const struct jk_delta_rule_back *a, const struct jk_delta_rule *forward,
    float *memory)
{
	const size_t n = JK_DELTA_ROWS, ldk = jk_delta_padded(a->key_dim);
	const size_t ldv = jk_delta_padded(a->value_dim);
	const size_t state = jk_delta_state_floats(a->key_dim, a->value_dim);

	b->a = a;
	memory = jk_delta_tiles(&b->tiles, forward, memory);
#define TAKE(member, n) (b->member = memory, memory += (n))
	TAKE(s, state);
	TAKE(ds, state);
	TAKE(xy, 2 * n * ldv);
	TAKE(du, n * ldv);
	TAKE(my, 2 * n * ldv);
	TAKE(myt, 2 * n * ldv);
	TAKE(et, n * ldv);
	TAKE(dnp, 2 * n * n);
	TAKE(dkqt, 2 * n * ldk);
	TAKE(dkt, n * ldk);
	TAKE(dkq, 2 * n * ldk);
	TAKE(g, 4 * n * n);
#undef TAKE
}

static float
dot(const float *x, const float *y, size_t n)
{
	float sum = 0;
	size_t i;

#pragma omp simd reduction(+:sum)
	for (i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

/* x[i] = factor * y[i] */
static void
scaled(float *x, float factor, const float *y, size_t n)
{
	size_t i;

#pragma omp simd
	for (i = 0; i < n; i++)
		x[i] = factor * y[i];
}

/* dY', dE, dU, dX and dbeta, W and E being there. */
static void
errors(struct jk_delta_back *b, uint32_t t, uint32_t h, bool has_ds,
    float *dbeta)
{
	const struct jk_delta_rule_back *a = b->a;
	const struct jk_delta_tiles *c = &b->tiles;
	const uint32_t n = c->n, ldv = c->ldv;
	float *dy = b->xy + (size_t)n * ldv;
	const float *p = c->np + (size_t)n * c->width;
	uint32_t r;

	jk_tile_load(jk_at(a->dy, (size_t)t * a->ldy + (size_t)h *
	    a->value_dim, a->type), a->type, a->ldy, n, a->value_dim, dy, ldv);
	scaled(dy, a->scale, dy, (size_t)n * ldv);
	if (has_ds)
		jk_tile_gemm(n, ldv, a->key_dim, c->kq, c->ldk, 1, b->ds, ldv,
		    b->du, ldv, false);
	for (r = 0; has_ds && r < n; r++)
		scaled(b->du + (size_t)r * ldv, c->to[r],
		    b->du + (size_t)r * ldv, ldv);
	jk_tile_gemm(n, ldv, n, p, 1, c->width, dy, ldv, b->du, ldv, has_ds);
	for (r = n; r-- > 0; ) {
		float *du = b->du + (size_t)r * ldv;

		jk_tile_gemm(1, ldv, n - 1 - r, c->np + (size_t)(r + 1) *
		    c->width + r, 1, c->width, b->xy + (size_t)(r + 1) * ldv,
		    ldv, du, ldv, true);
		scaled(b->xy + (size_t)r * ldv, c->beta[r], du, ldv);
		dbeta[r] = dot(du, c->w + (size_t)r * ldv, ldv);
	}
}

/* dN and dP, and what they bring: what from row i to row r, in place. */
static void
between_rows(struct jk_delta_back *b)
{
	const struct jk_delta_tiles *c = &b->tiles;
	const uint32_t n = c->n, width = c->width;
	const size_t below = (size_t)n * width;
	uint32_t r, i;

	jk_tile_load_transposed(c->e, JK_F32, c->ldv, n, c->a->value_dim,
	    b->et, width);
	jk_tile_gemm(2 * n, width, c->a->value_dim, b->xy, c->ldv, 1, b->et,
	    width, b->dnp, width, false);
	memset(b->g, 0, sizeof *b->g * 2 * n * c->width2);
	for (r = 0; r < n; r++) {
		float *dn = b->dnp + (size_t)r * width, *dp = dn + below;
		const float *nr = c->np + (size_t)r * width, *p = nr + below;
		float *g = b->g + (size_t)r * c->width2;
		float *gq = g + (size_t)n * c->width2;

		for (i = 0; i < r; i++) {
			const float x = -c->m[r][i] * dn[i];

			g[i] += x;
			b->g[(size_t)i * c->width2 + r] += x;
		}
		for (i = 0; i <= r; i++) {
			gq[i] = c->m[r][i] * dp[i];
			b->g[(size_t)i * c->width2 + n + r] = gq[i];
		}
		for (i = 0; i < r; i++)
			dn[i] = dp[i] * p[i] + dn[i] * nr[i];
	}
}

/* sums[r] = sum over d of x[d, r] * y[d, r], `width` of them. */
static void
column_dots(const float *x, uint32_t ldx, const float *y, uint32_t ldy,
    uint32_t n, uint32_t width, float *sums)
{
	uint32_t d, r;

	memset(sums, 0, width * sizeof *sums);
	for (d = 0; d < n; d++)
#pragma omp simd
		for (r = 0; r < width; r++)
			sums[r] += x[(size_t)d * ldx + r] *
			    y[(size_t)d * ldy + r];
}

/* What comes and goes by S0: the first parts of dQ and dK; from[r] by them. */
static void
from_state(struct jk_delta_back *b, bool has_state, float *from)
{
	const struct jk_delta_tiles *c = &b->tiles;
	const uint32_t n = c->n, ldv = c->ldv;
	float sums[2 * JK_DELTA_ROWS];
	uint32_t r;

	if (!has_state) {
		memset(b->dkqt, 0, sizeof *b->dkqt * c->a->key_dim *
		    c->width2);
		memset(from, 0, n * sizeof *from);
		return;
	}
	for (r = 0; r < n; r++) {
		scaled(b->my + (size_t)r * ldv, -c->from[r],
		    b->xy + (size_t)r * ldv, ldv);
		scaled(b->my + (size_t)(n + r) * ldv, c->from[r],
		    b->xy + (size_t)(n + r) * ldv, ldv);
	}
	jk_tile_load_transposed(b->my, JK_F32, ldv, 2 * n, c->a->value_dim,
	    b->myt, c->width2);
	jk_tile_gemm(c->a->key_dim, c->width2, c->a->value_dim, b->s, ldv, 1,
	    b->myt, c->width2, b->dkqt, c->width2, false);
	column_dots(c->kqt, c->width2, b->dkqt, c->width2, c->a->key_dim,
	    c->width2, sums);
	for (r = 0; r < n; r++)
		from[r] = sums[r] + sums[n + r];
}

/* What goes to S[n]: dK's second part, added to the first; to[i] by it. */
static void
to_state(struct jk_delta_back *b, bool has_ds, float *to)
{
	const struct jk_delta_tiles *c = &b->tiles;
	const uint32_t width = c->width;
	uint32_t d, i;

	memset(to, 0, JK_DELTA_ROWS * sizeof *to);
	if (!has_ds)
		return;
	for (d = 0; d < c->a->value_dim; d++)
#pragma omp simd
		for (i = 0; i < c->n; i++)
			b->et[(size_t)d * width + i] *= c->to[i];
	jk_tile_gemm(c->a->key_dim, width, c->a->value_dim, b->ds, c->ldv, 1,
	    b->et, width, b->dkt, width, false);
	column_dots(c->kqt, c->width2, b->dkt, width, c->a->key_dim, width,
	    to);
	for (d = 0; d < c->a->key_dim; d++)
#pragma omp simd
		for (i = 0; i < c->n; i++)
			b->dkqt[(size_t)d * c->width2 + i] +=
			    b->dkt[(size_t)d * width + i];
}

/*
 * dg[j], from the last row up: ways[i] has what all ways from row i to rows
 * behind the last done bring, `all` that of those from S0.
 */
static void
decays(const struct jk_delta_back *b, float *ways, float all, const float *from,
    float *dg)
{
	const struct jk_delta_tiles *c = &b->tiles;
	uint32_t i, j;

	for (j = c->n; j-- > 0; ) {
		const float *row = b->dnp + (size_t)j * c->width;
		float sum = 0;

		all += from[j];
#pragma omp simd reduction(+:sum)
		for (i = 0; i < j; i++) {
			ways[i] += row[i];
			sum += ways[i];
		}
		dg[j] = sum + all;
	}
}

/* The rest of dK and dQ; stored. */
static void
put_keys(struct jk_delta_back *b, uint32_t t, uint32_t h, bool adds)
{
	const struct jk_delta_rule_back *a = b->a;
	const struct jk_delta_tiles *c = &b->tiles;
	const uint32_t n = c->n, ldk = c->ldk;
	const uint32_t g = h / (a->n_heads / a->n_k_heads);
	uint32_t r;

	jk_tile_load_transposed(b->dkqt, JK_F32, c->width2, a->key_dim, 2 * n,
	    b->dkq, ldk);
	jk_tile_gemm(n, ldk, 2 * n, b->g, c->width2, 1, c->kq, ldk, b->dkq,
	    ldk, true);
	jk_tile_gemm(n, ldk, n, b->g + (size_t)n * c->width2, c->width2, 1,
	    c->kq, ldk, b->dkq + (size_t)n * ldk, ldk, true);
	for (r = 0; r < n; r++) {
		const size_t at = (size_t)(t + r) * a->ldk + (size_t)g *
		    a->key_dim;

		jk_put_sums(b->dkq + (size_t)r * ldk, a->key_dim,
		    jk_at(a->dk, at, a->type), a->type, adds);
		jk_put_sums(b->dkq + (size_t)(n + r) * ldk, a->key_dim,
		    jk_at(a->dq, at, a->type), a->type, adds);
	}
}

static void
put_values(const struct jk_delta_back *b, uint32_t t, uint32_t h,
    const float *dg, const float *dbeta)
{
	const struct jk_delta_rule_back *a = b->a;
	const struct jk_delta_tiles *c = &b->tiles;
	float *dgates = (float *)(uintptr_t)a->dgates + (size_t)t * 2 *
	    a->n_heads + h;
	uint32_t r;

	for (r = 0; r < c->n; r++, dgates += 2 * a->n_heads) {
		jk_tile_store(b->xy + (size_t)r * c->ldv, a->value_dim, 1,
		    jk_at(a->dv, (size_t)(t + r) * a->ldv + (size_t)h *
		    a->value_dim, a->type), a->type);
		dgates[0] = dg[r];
		dgates[a->n_heads] = dbeta[r];
	}
}

void
jk_delta_back_chunk(struct jk_delta_back *b, uint32_t t, uint32_t n,
    uint32_t h, bool adds, bool has_state, bool has_ds)
{
	struct jk_delta_tiles *c = &b->tiles;
	const size_t size = jk_delta_state_floats(b->a->key_dim,
	    b->a->value_dim);
	float from[JK_DELTA_ROWS], to[JK_DELTA_ROWS], all = 0;
	float dg[JK_DELTA_ROWS], dbeta[JK_DELTA_ROWS];

	jk_delta_load(c, t, n, h);
	jk_delta_solve(c, t, h, has_state ? b->s : NULL);
	errors(b, t, h, has_ds, dbeta);
	between_rows(b);
	from_state(b, has_state, from);
	to_state(b, has_ds, to);
	if (has_state && has_ds)
		all = c->from[n - 1] * dot(b->s, b->ds, size);
	decays(b, to, all, from, dg);
	put_keys(b, t, h, adds);
	put_values(b, t, h, dg, dbeta);
	if (!has_state)
		return;
	if (has_ds)
		scaled(b->ds, c->from[n - 1], b->ds, size);
	jk_tile_gemm(b->a->key_dim, c->ldv, 2 * n, c->kq, 1, c->ldk, b->my,
	    c->ldv, b->ds, c->ldv, has_ds);
}
