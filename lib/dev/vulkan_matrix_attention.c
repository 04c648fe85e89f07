#include "dev/vulkan_impl.h"

#include <math.h>
#include <stdlib.h>

#include "base/philox.h"

/* Rows of a prefix and of two sequences behind it: tiles are neither's end. */
enum { PREFIX = 5, FIRST = 41, SECOND = 29, N_ROWS = PREFIX + FIRST + SECOND };
enum { WINDOW = 33 };

/* Attention of a pack and its way back, by both kernels. */
struct trial {
	struct jk_vulkan *v;
	uint32_t n_heads;	/* two to a key head */
	uint32_t head_dim;
	uint64_t q, k, values, dy, rows;
	uint64_t y[2], lse[2], delta, dq[2], dk[2], dv[2];
	float *out[2];		/* room for the largest */
};

static void
fill_rows(struct jk_row rows[N_ROWS])
{
	uint32_t t;

	for (t = 0; t < N_ROWS; t++) {
		struct jk_row *r = &rows[t];
		const uint32_t begin = t < PREFIX ? 0 : t < PREFIX + FIRST ?
		    PREFIX : PREFIX + FIRST;

		*r = (struct jk_row){ .prefix_len = t < PREFIX ? 0 : PREFIX,
			.own_begin = begin, .kv_row = t,
			.own_end = t < PREFIX ? PREFIX : t < PREFIX + FIRST ?
			    PREFIX + FIRST : N_ROWS };
		r->position = r->prefix_len + t - begin;
	}
}

/*
 * n multiples of 1/64 up to 1: 16 bits hold them, and f32 the sums of their
 * products, in any order.
 */
static int
put(struct trial *t, uint64_t to, uint32_t n, uint32_t key, struct jk_err *err)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		t->out[0][i] = ((float)(jk_philox(i, 0, 0, 0, key, 0).v[0] %
		    129) - 64) / 64;
	return jk_dev_upload(&t->v->dev, to, t->out[0], n * sizeof(float), err);
}

static int
attend(struct trial *t, int which, float scale, struct jk_err *err)
{
	const uint32_t ldq = t->n_heads * t->head_dim;

	return JK_RUN(&t->v->dev, attention, (&(struct jk_attention){
	    .q = t->q, .k = t->k, .v = t->values, .rows = t->rows,
	    .y = t->y[which], .lse = t->head_dim > 128 ? 0 : t->lse[which],
	    .n_rows = N_ROWS,
	    .n_keys = N_ROWS, .n_heads = t->n_heads,
	    .n_kv_heads = t->n_heads / 2, .head_dim = t->head_dim, .ldq = ldq,
	    .ldk = ldq / 2, .ldy = ldq, .window = WINDOW, .scale = scale,
	    .flags = JK_ATTENTION_PACK | (which ? JK_ATTENTION_HALF : 0) }),
	    err);
}

/* From what the f32 kernel made of the way forward. */
static int
attend_back(struct trial *t, int which, float scale, struct jk_err *err)
{
	const uint32_t ldq = t->n_heads * t->head_dim;

	if (JK_RUN(&t->v->dev, attention_dot, (&(struct jk_attention_dot){
	    .y = t->y[0], .dy = t->dy, .delta = t->delta, .n_rows = N_ROWS,
	    .n_heads = t->n_heads, .head_dim = t->head_dim, .ldy = ldq }),
	    err) < 0)
		return -1;
	return JK_RUN(&t->v->dev, attention_back, (&(struct jk_attention_back){
	    .q = t->q, .k = t->k, .v = t->values, .dy = t->dy,
	    .lse = t->lse[0], .delta = t->delta, .rows = t->rows,
	    .dq = t->dq[which], .dk = t->dk[which], .dv = t->dv[which],
	    .n_rows = N_ROWS, .n_heads = t->n_heads,
	    .n_kv_heads = t->n_heads / 2, .head_dim = t->head_dim, .ldq = ldq,
	    .ldk = ldq / 2, .ldy = ldq, .window = WINDOW, .scale = scale,
	    .flags = which ? JK_ATTENTION_HALF : 0 }), err);
}

/* 1: the n floats at both places are equal but for `tolerance` of the largest */
static int
agree(struct trial *t, const uint64_t at[2], uint32_t n, float tolerance,
    struct jk_err *err)
{
	float largest = 0;
	uint32_t i;

	for (i = 0; i < 2; i++)
		if (jk_dev_download(&t->v->dev, t->out[i], at[i],
		    n * sizeof(float), err) < 0)
			return -1;
	for (i = 0; i < n; i++)
		largest = fmaxf(largest, fabsf(t->out[0][i]));
	for (i = 0; i < n; i++)
		if (!(fabsf(t->out[0][i] - t->out[1][i]) <=
		    tolerance * largest))
			return 0;
	return 1;
}

/* 1: right, 0: wrong, -1: an error */
static int
try_scale(struct trial *t, float scale, float tolerance, struct jk_err *err)
{
	const uint32_t n = N_ROWS * t->n_heads;
	int r;

	if (attend(t, 0, scale, err) < 0 || attend(t, 1, scale, err) < 0)
		return -1;
	r = agree(t, t->y, n * t->head_dim, tolerance, err);
	return r > 0 && t->head_dim <= 128 ? agree(t, t->lse, n, tolerance,
	    err) : r;
}

static int
try_back(struct trial *t, float scale, float tolerance, struct jk_err *err)
{
	const uint32_t n = N_ROWS * t->n_heads * t->head_dim;
	int r;

	if (attend_back(t, 0, scale, err) < 0 ||
	    attend_back(t, 1, scale, err) < 0)
		return -1;
	r = agree(t, t->dq, n, tolerance, err);
	if (r > 0)
		r = agree(t, t->dk, n / 2, tolerance, err);
	return r > 0 ? agree(t, t->dv, n / 2, tolerance, err) : r;
}

static int
try_heads(struct trial *t, bool back, struct jk_err *err)
{
	const bool f16 = t->v->attention.kind == JK_MATRIX_F16;
	const uint32_t n = N_ROWS * t->n_heads * t->head_dim;
	const float large = 1e30f;
	float first;
	int r;

	if (put(t, t->q, n, 1, err) < 0 || put(t, t->k, n / 2, 2, err) < 0 ||
	    put(t, t->values, n / 2, 3, err) < 0 ||
	    put(t, t->dy, n, 4, err) < 0)
		return -1;
	/* scores are 128 apart, or equal: weights are 1 or 0 */
	r = try_scale(t, 0x1p19f, 1e-6f, err);
	/* of some size; they are rounded */
	if (r > 0)
		r = try_scale(t, 0.25f, f16 ? 0x1p-11f : 0x1p-8f, err);
	if (r > 0 && back)
		r = try_back(t, 0.25f, f16 ? 0x1p-9f : 0x1p-6f, err);
	if (r <= 0 || !f16)
		return r;
	/* what f16 does not hold may not pass for a number */
	if (jk_dev_upload(&t->v->dev, t->q, &large, sizeof large, err) < 0 ||
	    attend(t, 1, 0.25f, err) < 0 || jk_dev_download(&t->v->dev, &first,
	    t->y[1], sizeof first, err) < 0)
		return -1;
	return !isfinite(first);
}

int
jk_vulkan_try_attention(struct jk_vulkan *v, struct jk_err *err)
{
	/*
	 * Groups of each size, and heads that do not stay in registers on the way
	 * back, and there; on hardware alone, where that takes no time.
	 */
	static const struct { uint32_t n_heads, head_dim; } shapes[] = {
		{ 2, 40 }, { 60, 40 }, { 90, 40 }, { 180, 40 }, { 256, 40 },
		{ 2, 72 }, { 2, 136 }
	};
	const int n = v->software ? 1 : 7;
	const uint64_t size = 4ull * N_ROWS * 256 * 40;	/* of the largest */
	struct trial t = { .v = v };
	uint64_t *const addresses[] = { &t.q, &t.k, &t.values, &t.dy, &t.y[0],
		&t.y[1], &t.lse[0], &t.lse[1], &t.delta, &t.dq[0], &t.dq[1],
		&t.dk[0], &t.dk[1], &t.dv[0], &t.dv[1], &t.rows };
	enum { N = sizeof addresses / sizeof *addresses };
	struct jk_row rows[N_ROWS];
	uint64_t memory;
	int i, r = -1;

	fill_rows(rows);
	t.out[0] = malloc(size);
	t.out[1] = malloc(size);
	if (!t.out[0] || !t.out[1]) {
		jk_fail_nomem(err);
	} else if (jk_dev_alloc(&v->dev, N * size, &memory, err) == 0) {
		for (i = 0; i < N; i++)
			*addresses[i] = memory + (uint64_t)i * size;
		r = jk_dev_upload(&v->dev, t.rows, rows, sizeof rows, err) < 0 ?
		    -1 : 1;
		for (i = 0; i < n && r > 0; i++) {
			t.n_heads = shapes[i].n_heads;
			t.head_dim = shapes[i].head_dim;
			r = try_heads(&t, t.head_dim <= 128, err);
		}
		if (jk_dev_submit(&v->dev, err) < 0)
			r = -1;
		jk_dev_free(&v->dev, memory);
	}
	free(t.out[0]);
	free(t.out[1]);
	return r;
}
