#include "op/attention.h"

#include <math.h>
#include <string.h>

#include "dev/host.h"
#include "model/config.h"
#include "op/simd.h"

/* Keys at a time; their scores stay in registers and the first cache. */
enum { TILE = 64 };

struct state {
	float max, sum;
	float *y;		/* [D], not yet divided by sum */
};

JK_INLINE void
tile(const float *q, const char *k, const char *v, size_t ld_bytes,
    uint32_t n, uint32_t dim, float scale, struct state *s, uint32_t type)
{
	float p[TILE], max = s->max, sum = 0, factor;
	uint32_t i, j;

	for (j = 0; j < n; j++) {
		const void *kj = k + j * ld_bytes;
		float part[16] = { 0 }, dot = 0;
		uint32_t l;

		for (i = 0; i + 16 <= dim; i += 16)
			for (l = 0; l < 16; l++)
				part[l] += q[i + l] * jk_load(kj, i + l,
				    type);
		for (; i < dim; i++)
			part[i % 16] += q[i] * jk_load(kj, i, type);
		for (l = 0; l < 16; l++)
			dot += part[l];
		p[j] = dot * scale;
		max = p[j] > max ? p[j] : max;
	}
	factor = jk_expf(s->max - max);
	for (j = 0; j < n; j++)
		p[j] = jk_expf(p[j] - max);
	for (j = 0; j < n; j++)
		sum += p[j];
	for (i = 0; i < dim; i++)
		s->y[i] *= factor;
	for (j = 0; j < n; j++)
		for (i = 0; i < dim; i++)
			s->y[i] += p[j] * jk_load(v + j * ld_bytes, i, type);
	s->sum = s->sum * factor + sum;
	s->max = max;
}

/* Keys from row `begin`, the first at position `position`, n of them. */
JK_INLINE void
span(const struct jk_attention *a, const float *q, uint32_t g,
    uint32_t begin, uint32_t n, struct state *s, uint32_t type)
{
	size_t size = type == JK_BF16 ? 2 : 4, ld_bytes = a->ldk * size;
	size_t at = (size_t)begin * a->ldk + (size_t)g * a->head_dim;
	const char *k = jk_at(a->k, at, type), *v = jk_at(a->v, at, type);
	uint32_t j, len;

	for (j = 0; j < n; j += len) {
		len = n - j < TILE ? n - j : TILE;
		tile(q, k + j * ld_bytes, v + j * ld_bytes, ld_bytes, len,
		    a->head_dim, a->scale, s, type);
	}
}

JK_INLINE void
attend(const struct jk_attention *a, uint32_t t, uint32_t h, float *q,
    float *y, uint32_t type)
{
	const struct jk_row *row = (const struct jk_row *)(uintptr_t)a->rows +
	    t;
	uint32_t g = h / (a->n_heads / a->n_kv_heads);
	uint32_t n = row->position + 1, first = 0, i;
	struct state s = { -INFINITY, 0, y };
	size_t at = (size_t)t * a->ldq + (size_t)h * a->head_dim;
	const void *from = jk_at(a->q, at, type);
	void *to = jk_at(a->y, (size_t)t * a->ldy + (size_t)h * a->head_dim,
	    type);

	for (i = 0; i < a->head_dim; i++) {
		q[i] = jk_load(from, i, type);
		y[i] = 0;
	}
	if (a->window && n > a->window)
		first = n - a->window;
	if (first < row->prefix_len)
		span(a, q, g, row->prefix_begin + first,
		    row->prefix_len - first, &s, type);
	if (first < row->prefix_len)
		first = row->prefix_len;
	span(a, q, g, row->own_begin + first - row->prefix_len, n - first,
	    &s, type);
	for (i = 0; i < a->head_dim; i++)
		jk_store(to, i, type, y[i] / s.sum);
	if (a->lse)
		((float *)(uintptr_t)a->lse)[(size_t)t * a->n_heads + h] =
		    s.max + logf(s.sum);
}

JK_CLONES static void
attend_row(const struct jk_attention *a, uint32_t t)
{
	float q[JK_MAX_HEAD_DIM], y[JK_MAX_HEAD_DIM];
	uint32_t h;

	for (h = 0; h < a->n_heads; h++)
		if (a->type == JK_BF16)
			attend(a, t, h, q, y, JK_BF16);
		else
			attend(a, t, h, q, y, JK_F32);
}

int
jk_op_attention(const struct jk_attention *a, struct jk_host *host,
    struct jk_err *err)
{
	uint32_t t;

	if (a->head_dim > JK_MAX_HEAD_DIM)
		return jk_fail(err, JK_ESYS, "attention: head_dim %u",
		    a->head_dim);
	#pragma omp parallel for num_threads(jk_host_threads(host)) \
		schedule(dynamic, 4)
	for (t = 0; t < a->n_rows; t++)
		attend_row(a, t);
	return 0;
}
