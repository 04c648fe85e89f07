#include "tap.h"

#include <stdint.h>

#include "base/philox.h"
#include "dev/host.h"
#include "dev/open.h"
#include "quant/decode.h"
#include "model/safetensors.h"
#include "quant/rows.h"
#include "cpu/dot.h"
#include "op/op.h"
#include "cpu/element.h"

/*
 * Host versions of the forward operations: weights decode to the bits of
 * gguf-py, products and attention agree with sums in f64 written out here,
 * a row's result has the same bits in any company, gradients of the loss
 * agree with central differences.
 */

static struct jk_dev *dev;
static struct jk_err err;

#define A(p) ((uint64_t)(uintptr_t)(p))
#define RUN(op, ...) (jk_dev_run(dev, JK_OP_##op, \
	&(struct jk_##op){ __VA_ARGS__ }, &err) == 0)

static float
number(uint32_t i, uint32_t salt)
{
	return 2 * jk_uniform(jk_philox(i, salt, 0, 0, 1, 2).v[0]) - 1;
}

static void
fill(float *x, size_t n, uint32_t salt)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = number((uint32_t)i, salt);
}

/* --- weights */

enum { QK = 512 };

/*
 * A row alone has the bits that it has among others, whatever way the weights
 * are decoded: 16 rows of W and more, `raw` again and again.
 */
static void
check_row_alone(const char *name, uint32_t type, const struct jk_tensor *raw,
    uint32_t n_raw, uint32_t type_x)
{
	enum { M = 5, N = 37 };
	uint64_t row_bytes = jk_type_bytes(type, QK);
	char *w = malloc(N * row_bytes);
	float x[M * QK], y[M * N], one[2 * N];
	uint16_t bf16[M * QK];
	bool is_bf16 = type_x == JK_BF16, same;
	void *tx = is_bf16 ? (void *)bf16 : (void *)x;
	uint32_t i, n;

	for (i = 0; i < N; i++)
		memcpy(w + i * row_bytes, (const char *)raw->data +
		    i % n_raw * row_bytes, row_bytes);
	fill(x, M * QK, 7);
	jk_convert_row(JK_F32, x, JK_BF16, bf16, M * QK);
	same = RUN(matmul, .x = A(tx), .w = A(w), .y = A(y), .m = M, .n = N,
	    .k = QK, .ldx = QK, .ldy = N, .weight_type = type, .type = type_x,
	    .type_y = JK_F32, .flags = JK_MATMUL_ROWWISE);
	for (n = 1; n <= 2; n++)
		for (i = 0; i + n <= M; i++) {
			same = RUN(matmul,
			    .x = A((char *)tx + i * QK * (is_bf16 ? 2 : 4)),
			    .w = A(w), .y = A(one), .m = n, .n = N, .k = QK,
			    .ldx = QK, .ldy = N, .weight_type = type,
			    .type = type_x, .type_y = JK_F32,
			    .flags = JK_MATMUL_ROWWISE) && same;
			same = same && memcmp(one, y + i * N,
			    n * N * sizeof *y) == 0;
		}
	ok(same, "%s: one %s row and two have the bits that they have among "
	    "five", name, is_bf16 ? "bf16" : "f32");
	free(w);
}

/*
 * Norms of rows with LoRA of rank 3, and factors of magnitudes; W [n, k] stored
 * as `type`, and as the floats that it is.
 */
static void
check_dora_norm(const char *name, uint32_t type, const void *stored,
    const float *w, uint32_t n, uint32_t k)
{
	enum { R = 3, MOST = 8 };
	const double scale = 0.75;
	float a[R * QK], b[MOST * R], m[MOST], norm[MOST], factor[MOST];
	float alone[MOST];
	double worst = 0, sum, v, e;
	uint32_t i, j, r;
	bool same;

	fill(a, (size_t)R * k, 11);
	fill(b, (size_t)n * R, 12);
	fill(m, n, 13);
	same = RUN(dora_norm, .w = A(stored), .a = A(a), .b = A(b),
	    .magnitude = A(m), .norm = A(norm), .factor = A(factor), .n = n,
	    .k = k, .rank = R, .weight_type = type, .scale = (float)scale) &&
	    RUN(dora_norm, .w = A(stored), .a = A(a), .b = A(b),
	    .norm = A(alone), .n = n, .k = k, .rank = R, .weight_type = type,
	    .scale = (float)scale) &&
	    memcmp(norm, alone, n * sizeof *norm) == 0;
	for (i = 0; i < n; i++) {
		for (sum = 0, j = 0; j < k; j++) {
			for (v = 0, r = 0; r < R; r++)
				v += (double)b[i * R + r] *
				    (double)a[r * k + j];
			v = (double)w[i * k + j] + scale * v;
			sum += v * v;
		}
		if (!(sum < 1e30))	/* random bits of F32, BF16 */
			continue;
		e = fmax(fabs((double)norm[i] / sqrt(sum) - 1),
		    fabs((double)factor[i] * sqrt(sum) / (double)m[i] - 1));
		worst = !(e <= worst) ? e : worst;
	}
	ok(same && worst < 1e-6, "%s: norms of %u rows of %u with LoRA "
	    "(%.1e)", name, n, k, worst);
}

/* Every type: look-ups, conversion and products use gguf-py's very values. */
static void
check_type(uint32_t type)
{
	const char *name = jk_dtype_name((enum jk_dtype)type);
	const struct jk_tensor *raw, *want;
	struct jk_safetensors s;
	char path[80], key[40];
	float got[8 * QK], x[3 * QK], y[3 * 8];
	uint16_t bf16[QK];
	struct jk_row rows[8] = { { 0 } };
	uint32_t n, i, m, k;
	double worst = 0;
	bool same = true;

	snprintf(path, sizeof path, "tests/data/quant/%s.safetensors", name);
	if (jk_safetensors_open(&s, path, &err) < 0) {
		ok(0, "%s", err.msg);
		return;
	}
	snprintf(key, sizeof key, "%s.raw", name);
	raw = jk_safetensors_find(&s, key);
	snprintf(key, sizeof key, "%s.f32", name);
	want = jk_safetensors_find(&s, key);
	n = (uint32_t)want->shape[0];
	for (i = 0; i < n; i++)
		rows[i].token = i;
	ok(RUN(embedding, .rows = A(rows), .w = A(raw->data), .y = A(got),
	    .n_rows = n, .dim = QK, .n_vocab = n, .weight_type = type,
	    .type = JK_F32, .scale = 1) &&
	    memcmp(got, want->data, n * QK * 4ull) == 0,
	    "%s: look-ups are gguf-py's bits", name);
	for (i = 0; i < n; i++) {
		const float *f = (const float *)want->data + i * QK;
		const char *row = (const char *)raw->data +
		    i * jk_type_bytes(type, QK);

		jk_convert_row(type, row, JK_F32, got, QK);
		same = same && memcmp(got, f, QK * 4ull) == 0;
		jk_convert_row(type, row, JK_BF16, bf16, QK);
		for (k = 0; k < QK; k++)
			/* an AVX-512 conversion makes zero of subnormals */
			same = same && (bf16[k] == jk_to_bf16(f[k]) ||
			    fabsf(f[k]) < 0x1p-126f);
	}
	ok(same, "%s: conversion gives those and their bf16", name);
	fill(x, 3 * QK, 5);
	ok(RUN(matmul, .x = A(x), .w = A(raw->data), .y = A(y), .m = 3, .n = n,
	    .k = QK, .ldx = QK, .ldy = n, .weight_type = type, .type = JK_F32,
	    .type_y = JK_F32, .flags = JK_MATMUL_ROWWISE), "%s: product", name);
	for (m = 0; m < 3; m++)
		for (i = 0; i < n; i++) {
			double sum = 0, size = 0, e;

			for (k = 0; k < QK; k++) {
				double t = (double)x[m * QK + k] * (double)
				    ((const float *)want->data)[i * QK + k];

				sum += t;
				size += fabs(t);
			}
			if (size > 1e30)	/* random bits of F32, BF16 */
				continue;
			e = fabs((double)y[m * n + i] - sum) / size;
			if (!(e <= worst))
				worst = e;
		}
	ok(worst < 1e-6, "%s: product is right to %.1e of its terms", name,
	    worst);
	check_dora_norm(name, type, raw->data, want->data, n, QK);
	if (jk_dtype_block((enum jk_dtype)type) > 1) {
		check_row_alone(name, type, raw, n, JK_F32);
		check_row_alone(name, type, raw, n, JK_BF16);
	}
	jk_safetensors_close(&s);
}

/* --- products */

static void
check_matmul(uint32_t m, uint32_t n, uint32_t k, uint32_t type,
    uint32_t flags)
{
	size_t size = type == JK_BF16 ? 2 : 4, i, j, l;
	float *x = malloc((size_t)m * k * 4), *w = malloc((size_t)n * k * 4);
	float *bias = malloc(n * 4ull), *y = malloc((size_t)m * n * 4);
	float *one = malloc(n * 4ull);
	void *tx = malloc((size_t)m * k * 4), *tw = malloc((size_t)n * k * 4);
	double worst = 0, scale = 0;
	bool same = true;

	fill(x, (size_t)m * k, 1);
	fill(w, (size_t)n * k, 2);
	fill(bias, n, 3);
	jk_convert_row(JK_F32, x, type, tx, (size_t)m * k);
	jk_convert_row(JK_F32, w, type, tw, (size_t)n * k);
	for (i = 0; i < (size_t)m * n; i++)
		y[i] = 2;
	ok(RUN(matmul, .x = A(tx), .w = A(tw), .bias = A(bias), .y = A(y),
	    .m = m, .n = n, .k = k, .ldx = k, .ldy = n, .weight_type = type,
	    .type = type, .type_y = JK_F32, .flags = flags), "matmul runs");
	for (i = 0; i < m; i++)
		for (j = 0; j < n; j++) {
			double sum = (double)bias[j] +
			    (flags & JK_MATMUL_ACCUMULATE ? 2 : 0), e;

			for (l = 0; l < k; l++)
				sum += (double)jk_load(tx, i * k + l, type) *
				    (double)jk_load(tw, j * k + l, type);
			e = fabs((double)y[i * n + j] - sum);
			worst = !(e <= worst) ? e : worst;
			scale = fabs(sum) > scale ? fabs(sum) : scale;
		}
	ok(worst <= 2e-6 * scale, "%s [%u, %u, %u] flags %u: %.1e",
	    type == JK_BF16 ? "bf16" : "f32", m, n, k, flags, worst / scale);
	for (i = 0; i < m && flags & JK_MATMUL_ROWWISE; i++) {
		for (j = 0; j < n; j++)
			one[j] = 2;
		same = RUN(matmul, .x = A((char *)tx + i * k * size),
		    .w = A(tw), .bias = A(bias), .y = A(one), .m = 1, .n = n,
		    .k = k, .ldx = k, .ldy = n, .weight_type = type,
		    .type = type, .type_y = JK_F32, .flags = flags) && same;
		same = same && memcmp(one, y + i * n, n * 4ull) == 0;
	}
	if (flags & JK_MATMUL_ROWWISE)
		ok(same, "each row alone has the same bits");
	free(x), free(w), free(bias), free(y), free(one), free(tx), free(tw);
}

static double
as_taken(float w, bool rounded)
{
	uint16_t b;

	if (!rounded)
		return (double)w;
	jk_store(&b, 0, JK_BF16, w);
	return (double)jk_load(&b, 0, JK_BF16);
}

/*
 * Many rows against Q8_0 that is decoded slice by slice (dev/host.h), forward
 * and back, added to what is there, in rows wider than the result.  Forward it
 * is decoded into bf16 only where that is quick (quant/rows.h), back wherever
 * oneDNN multiplies.
 */
static void
check_slices(enum jk_isa isa, uint32_t type)
{
	enum { M = 85, N = 130, SLICED_K = 65536, LDY = N + 3 };
	const size_t n_blocks = (size_t)N * SLICED_K / 32;
	uint8_t *w = malloc(n_blocks * 34);
	float *f = malloc((size_t)N * SLICED_K * 4), bias[N], y[M * LDY];
	uint16_t dy[2 * M * N];		/* room for f32 */
	void *x = malloc((size_t)M * SLICED_K * 4);
	double worst = 0, worst_back = 0, tolerance;
	/* oneDNN gets weights in the type of the activations, the others f32 */
	const bool onednn = type == JK_BF16 &&
	    jk_cpu_takes_onednn(jk_dev_cpu(dev), type);
	const bool rounded = onednn && strcmp(jk_isa_name(isa), "bf16") == 0;
	size_t i, m, n, k;

	for (i = 0; i < n_blocks * 34; i++)
		w[i] = (uint8_t)(i * 2654435761u >> 13);
	for (i = 0; i < n_blocks; i++)	/* a scale near 1/128 */
		w[i * 34 + 1] = 0x20 | (w[i * 34 + 1] & 3);
	jk_convert_rows(JK_Q8_0, w, JK_F32, f, N, SLICED_K, 1);
	for (i = 0; i < (size_t)M * SLICED_K; i++)
		jk_store(x, i, type, (float)(i * 40503u >> 3 & 255) / 128 - 1);
	fill(bias, N, 31);
	for (i = 0; i < M * LDY; i++)
		y[i] = 2;
	ok(RUN(matmul, .x = A(x), .w = A(w), .bias = A(bias), .y = A(y),
	    .m = M, .n = N, .k = SLICED_K, .ldx = SLICED_K, .ldy = LDY,
	    .weight_type = JK_Q8_0, .type = type, .type_y = JK_F32,
	    .flags = JK_MATMUL_ACCUMULATE),
	    "a sliced product runs");
	for (m = 0; m < M; m += 21)
		for (n = 0; n < LDY; n += 3) {
			double sum = 2 + (n < N ? (double)bias[n] : 0), e;

			for (k = 0; n < N && k < SLICED_K; k++)
				sum += (double)jk_load(x, m * SLICED_K + k,
				    type) * as_taken(f[n * SLICED_K + k],
				    rounded);
			e = fabs(sum - (double)y[m * LDY + n]);
			worst = !(e <= worst) ? e : worst;
		}
	for (i = 0; i < M * N; i++)
		jk_store(dy, i, type, (float)(i * 40503u >> 5 & 255) / 128 - 1);
	for (i = 0; i < (size_t)M * SLICED_K; i++)
		jk_store(x, i, type, 1);
	ok(RUN(matmul_back, .dy = A(dy), .w = A(w), .dx = A(x), .m = M, .n = N,
	    .k = SLICED_K, .ldy = N, .ldx = SLICED_K, .weight_type = JK_Q8_0,
	    .type = type, .type_x = type, .flags = JK_MATMUL_ACCUMULATE),
	    "and its way back");
	for (m = 0; m < M; m += 21)
		for (k = 0; k < SLICED_K; k += 997) {
			double sum = 1, e;

			for (n = 0; n < N; n++)
				sum += (double)jk_load(dy, m * N + n, type) *
				    as_taken(f[n * SLICED_K + k], onednn);
			e = fabs(sum - (double)jk_load(x, m * SLICED_K + k,
			    type));
			worst_back = !(e <= worst_back) ? e : worst_back;
		}
	/* sums of 65536 and of 130 terms of up to 2; the latter are stored */
	tolerance = type == JK_BF16 ? 0.06 : 1e-4;
	ok(worst <= 2e-2 && worst_back <= tolerance, "%s, slices: %.1e, "
	    "back %.1e", type == JK_BF16 ? "bf16" : "f32", worst, worst_back);
	free(w), free(f), free(x);
}

/*
 * So many and so long rows of bf16 that x is packed in several ranges of inputs
 * (cpu/weight_gemm.h): results in bf16, added to what is there, in rows wider
 * than them; what lies behind a row stays.
 */
static void
check_ranges(void)
{
	enum { M = 131, N = 40, K = 33000, LDX = K + 8, LDY = N + 8 };
	uint16_t *x = malloc(2ull * M * LDX), *w = malloc(2ull * N * K);
	uint16_t y[M * LDY];
	double worst = 0, worst_back = 0;
	size_t i, m, n, k;
	bool kept = true;

	for (i = 0; i < (size_t)M * LDX; i++)
		jk_store(x, i, JK_BF16, number((uint32_t)i, 41));
	for (i = 0; i < (size_t)N * K; i++)
		jk_store(w, i, JK_BF16, number((uint32_t)i, 42) / 64);
	for (i = 0; i < M * LDY; i++)
		jk_store(y, i, JK_BF16, 2);
	ok(RUN(matmul, .x = A(x), .w = A(w), .y = A(y), .m = M, .n = N, .k = K,
	    .ldx = LDX, .ldy = LDY, .weight_type = JK_BF16, .type = JK_BF16,
	    .type_y = JK_BF16, .flags = JK_MATMUL_ACCUMULATE),
	    "several ranges");
	for (m = 0; m < M; m++)
		for (n = m % 3; n < LDY; n += 3) {
			double sum = 2, e;

			for (k = 0; n < N && k < K; k++)
				sum += (double)jk_load(x, m * LDX + k, JK_BF16) *
				    (double)jk_load(w, n * K + k, JK_BF16);
			e = fabs((double)jk_load(y, m * LDY + n, JK_BF16) -
			    sum) / fmax(1, fabs(sum));
			worst = !(e <= worst) ? e : worst;
		}
	for (i = 0; i < M * LDY; i++)
		jk_store(y, i, JK_BF16, number((uint32_t)i, 43));
	for (i = 0; i < (size_t)M * LDX; i++)
		jk_store(x, i, JK_BF16, 1);
	ok(RUN(matmul_back, .dy = A(y), .w = A(w), .dx = A(x), .m = M, .n = N,
	    .k = K, .ldy = LDY, .ldx = LDX, .weight_type = JK_BF16,
	    .type = JK_BF16, .type_x = JK_BF16, .flags = JK_MATMUL_ACCUMULATE),
	    "and back");
	for (m = 0; m < M; m++) {
		for (k = m; k < K; k += 977) {
			double sum = 1, e;

			for (n = 0; n < N; n++)
				sum += (double)jk_load(y, m * LDY + n, JK_BF16) *
				    (double)jk_load(w, n * K + k, JK_BF16);
			e = fabs((double)jk_load(x, m * LDX + k, JK_BF16) -
			    sum) / fmax(1, fabs(sum));
			worst_back = !(e <= worst_back) ? e : worst_back;
		}
		for (k = K; k < LDX; k++)
			kept = kept && jk_load(x, m * LDX + k, JK_BF16) == 1;
	}
	/* half a unit of bf16 in what is stored, and the sum's own rounding */
	ok(worst <= 0x1.01p-8 && worst_back <= 0x1.01p-8 && kept,
	    "bf16, ranges: %.1e, back %.1e", worst, worst_back);
	free(x), free(w);
}

/* --- attention */

enum { H = 6, G = 2, KEYS = 300, N_Q = 21 };

/* Straight from the definition in lib/op/attention.h, in f64. */
static void
reference(const float *q, const float *k, const float *v,
    const struct jk_row *row, uint32_t dim, uint32_t window, double cap,
    double *y, double *lse)
{
	double p[KEYS], max = -INFINITY, sum = 0;
	uint32_t n = row->position + 1, j, d;
	uint32_t first = window && n > window ? n - window : 0;

	for (d = 0; d < dim; d++)
		y[d] = 0;
	for (j = first; j < n; j++) {
		size_t at = j < row->prefix_len ? row->prefix_begin + j :
		    row->own_begin + j - row->prefix_len;

		p[j] = 0;
		for (d = 0; d < dim; d++)
			p[j] += (double)q[d] * (double)k[at * G * dim + d];
		p[j] *= 0.3;
		if (cap > 0)
			p[j] = cap * tanh(p[j] / cap);
		max = p[j] > max ? p[j] : max;
	}
	for (j = first; j < n; j++)
		sum += exp(p[j] - max);
	for (j = first; j < n; j++) {
		size_t at = j < row->prefix_len ? row->prefix_begin + j :
		    row->own_begin + j - row->prefix_len;

		for (d = 0; d < dim; d++)
			y[d] += exp(p[j] - max) / sum *
			    (double)v[at * G * dim + d];
	}
	*lse = max + log(sum);
}

static void
check_attention(uint32_t dim, uint32_t window, float cap)
{
	float *q = malloc(N_Q * H * dim * 4ull), *y = malloc(N_Q * H * dim *
	    4ull), *one = malloc(H * dim * 4ull);
	float *k = malloc((size_t)KEYS * G * dim * 4);
	float *v = malloc((size_t)KEYS * G * dim * 4);
	float lse[N_Q * H];
	double *want = malloc(dim * 8ull), worst = 0, l;
	struct jk_row rows[N_Q];
	bool same = true;
	uint32_t i, h, d;

	fill(q, N_Q * H * dim, 11);
	fill(k, (size_t)KEYS * G * dim, 12);
	fill(v, (size_t)KEYS * G * dim, 13);
	for (i = 0; i < N_Q; i++)	/* prefixes of all sorts */
		rows[i] = (struct jk_row){ .position = 5 + i * 7,
			.prefix_begin = 130, .prefix_len = i % 3 * 33 % 60,
			.own_begin = i % 4 };
	for (i = 0; i < N_Q; i++)
		if (rows[i].prefix_len > rows[i].position)
			rows[i].prefix_len = rows[i].position;
	ok(RUN(attention, .q = A(q), .k = A(k), .v = A(v), .rows = A(rows),
	    .y = A(y), .lse = A(lse), .n_rows = N_Q, .n_keys = KEYS,
	    .n_heads = H, .n_kv_heads = G, .head_dim = dim, .ldq = H * dim,
	    .ldk = G * dim, .ldy = H * dim, .window = window, .type = JK_F32,
	    .scale = 0.3f, .cap = cap),
	    "attention runs");
	for (i = 0; i < N_Q; i++) {
		for (h = 0; h < H; h++) {
			size_t at = (i * H + h) * dim, g = h / (H / G) * dim;

			reference(q + at, k + g, v + g, &rows[i], dim, window,
			    (double)cap, want, &l);
			for (d = 0; d < dim; d++) {
				double e = fabs((double)y[at + d] - want[d]);

				worst = !(e <= worst) ? e : worst;
			}
			l = fabs(l - (double)lse[i * H + h]);
			worst = !(l <= worst) ? l : worst;
		}
		same = RUN(attention, .q = A(q + i * H * dim), .k = A(k),
		    .v = A(v), .rows = A(rows + i), .y = A(one), .n_rows = 1,
		    .n_keys = KEYS, .n_heads = H, .n_kv_heads = G,
		    .head_dim = dim, .ldq = H * dim, .ldk = G * dim,
		    .ldy = H * dim, .window = window, .type = JK_F32,
		    .scale = 0.3f, .cap = cap) && same;
		same = same && memcmp(one, y + i * H * dim,
		    H * dim * 4ull) == 0;
	}
	ok(worst <= 3e-6, "attention, head_dim %u, window %u, cap %g: %.1e",
	    dim, window, (double)cap, worst);
	ok(same, "each row alone has the same bits");
	/* the prefix elsewhere, as part of the own keys: the same bits */
	memcpy(k, k + 130 * G * dim, 40 * G * dim * 4ull);
	memcpy(v, v + 130 * G * dim, 40 * G * dim * 4ull);
	memcpy(k + 40 * G * dim, k + 200 * G * dim, 40 * G * dim * 4ull);
	memcpy(v + 40 * G * dim, v + 200 * G * dim, 40 * G * dim * 4ull);
	rows[0] = (struct jk_row){ .position = 77, .prefix_begin = 130,
		.prefix_len = 40, .own_begin = 200 };
	rows[1] = (struct jk_row){ .position = 77 };
	memcpy(q + H * dim, q, H * dim * 4ull);
	ok(RUN(attention, .q = A(q), .k = A(k), .v = A(v), .rows = A(rows),
	    .y = A(y), .lse = A(lse), .n_rows = 2, .n_keys = KEYS,
	    .n_heads = H, .n_kv_heads = G, .head_dim = dim, .ldq = H * dim,
	    .ldk = G * dim, .ldy = H * dim, .window = window, .type = JK_F32,
	    .scale = 0.3f, .cap = cap) &&
	    memcmp(y, y + H * dim, H * dim * 4ull) == 0,
	    "with a prefix or without, the same bits");
	free(q), free(y), free(one), free(k), free(v), free(want);
}

/* A pack: a prefix of n_prefix rows, then records of `lengths` that see it. */
static void
check_attention_pack(uint32_t dim, uint32_t window, uint32_t n_prefix,
    const uint32_t *lengths, float cap, uint32_t type)
{
	const uint32_t ld = (H + 2 * G) * dim;
	uint32_t n = n_prefix, i, h, d, at;
	double *want = malloc(dim * 8ull), worst = 0, worst_lse = 0, l;
	float *qkv, *lse, *f;
	struct jk_row *rows;
	void *x, *y;

	for (i = 0; lengths[i]; i++)
		n += lengths[i];
	qkv = malloc((size_t)n * ld * 4);
	x = malloc((size_t)n * ld * 4);
	y = malloc((size_t)n * H * dim * 4);
	lse = malloc((size_t)n * H * 4);
	rows = calloc(n, sizeof *rows);
	fill(qkv, n * ld, 21);
	jk_convert_row(JK_F32, qkv, type, x, (size_t)n * ld);
	jk_convert_row(type, x, JK_F32, qkv, (size_t)n * ld);
	for (i = 0; i < n_prefix; i++)
		rows[i] = (struct jk_row){ .position = i,
			.own_end = n_prefix };
	for (at = n_prefix; *lengths; at += *lengths++)
		for (i = 0; i < *lengths; i++)
			rows[at + i] = (struct jk_row){
				.position = n_prefix + i,
				.prefix_len = n_prefix, .own_begin = at,
				.own_end = at + *lengths };
	f = malloc((size_t)n * G * dim * 8);
	for (i = 0; i < n; i++) {	/* reference() wants k and v apart */
		memcpy(f + i * G * dim, qkv + i * ld + H * dim,
		    G * dim * 4ull);
		memcpy(f + (n + i) * G * dim, qkv + i * ld + (H + G) * dim,
		    G * dim * 4ull);
	}
	ok(RUN(attention, .q = A(x), .k = A(jk_at(A(x), H * dim, type)),
	    .v = A(jk_at(A(x), (H + G) * dim, type)), .rows = A(rows),
	    .y = A(y), .lse = A(lse), .n_rows = n, .n_keys = n, .n_heads = H,
	    .n_kv_heads = G, .head_dim = dim, .ldq = ld, .ldk = ld,
	    .ldy = H * dim, .window = window, .type = type, .scale = 0.3f,
	    .cap = cap, .flags = JK_ATTENTION_PACK), "attention of a pack runs");
	for (i = 0; i < n; i++)
		for (h = 0; h < H; h++) {
			size_t g = h / (H / G) * dim;

			reference(qkv + i * ld + h * dim, f + g,
			    f + (size_t)n * G * dim + g, &rows[i], dim, window,
			    (double)cap, want, &l);
			for (d = 0; d < dim; d++) {
				double e = fabs((double)jk_load(y,
				    (i * H + h) * dim + d, type) - want[d]);

				worst = !(e <= worst) ? e : worst;
			}
			l = fabs(l - (double)lse[i * H + h]);
			worst_lse = !(l <= worst_lse) ? l : worst_lse;
		}
	/* values are below 1: a bf16 result is rounded by 2^-9 of it */
	ok(worst <= (type == JK_BF16 ? 4e-3 : 3e-6) && worst_lse <= 3e-6,
	    "pack of %u, prefix %u, head_dim %u, window %u, cap %g, %s: %.1e, "
	    "%.1e", n, n_prefix, dim, window, (double)cap,
	    type == JK_BF16 ? "bf16" : "f32", worst, worst_lse);
	free(want), free(qkv), free(x), free(y), free(lse), free(rows);
	free(f);
}

/* What the window has left behind is not read: it may even be infinite. */
static void
check_window_leaves(void)
{
	enum { T = 200, D = 24 };
	float q[T * D], k[T * D], v[T * D], y[T * D], want[T * D];
	struct jk_row rows[T] = { { 0 } };
	double worst = 0;
	uint32_t i;

	fill(q, T * D, 1);
	fill(k, T * D, 2);
	fill(v, T * D, 3);
	v[20 * D] = INFINITY;
	for (i = 0; i < T; i++)
		rows[i] = (struct jk_row){ .position = i, .own_end = T,
			.kv_row = i };
	ok(RUN(attention, .q = A(q), .k = A(k), .v = A(v), .rows = A(rows),
	    .y = A(want), .n_rows = T, .n_keys = T, .n_heads = 1,
	    .n_kv_heads = 1, .head_dim = D, .ldq = D, .ldk = D, .ldy = D,
	    .window = 7, .type = JK_F32, .scale = 0.3f) && RUN(attention,
	    .q = A(q), .k = A(k), .v = A(v), .rows = A(rows), .y = A(y),
	    .n_rows = T, .n_keys = T, .n_heads = 1, .n_kv_heads = 1,
	    .head_dim = D, .ldq = D, .ldk = D, .ldy = D, .window = 7,
	    .type = JK_F32, .scale = 0.3f, .flags = JK_ATTENTION_PACK),
	    "attention with a window runs both ways");
	for (i = 128 * D; i < T * D; i++) {
		double e = fabs((double)y[i] - (double)want[i]);

		worst = !(e <= worst) ? e : worst;
	}
	ok(worst <= 3e-6, "and agrees behind an infinite value that no row "
	    "sees: %.1e", worst);
}

static void
check_packs(void)
{
	static const uint32_t some[] = { 1, 70, 33, 0 }, one[] = { 1, 0 },
		many[] = { 130, 5, 64, 0 };
	uint32_t type;

	for (type = JK_F32; type <= JK_BF16; type += JK_BF16 - JK_F32) {
		check_attention_pack(64, 0, 80, some, 0, type);
		check_attention_pack(40, 50, 70, many, 0, type);
		check_attention_pack(80, 0, 0, many, 0, type);
		check_attention_pack(24, 0, 1, one, 0, type);
		check_attention_pack(40, 50, 70, many, 0.7f, type);
	}
}

/* --- the small ones */

/* The gradient in the logits' place, of rows that take several parts. */
static void
check_in_place(uint32_t type)
{
	enum { T = 2, V = 5000 };
	static float x[T * V], d[T * V], loss[T];
	uint32_t target[T] = { 4999, 2048 }, i, t;
	double worst = 0;

	fill(x, T * V, 22);
	(void)RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .loss = A(loss), .d = A(d), .n_rows = T, .n_vocab = V, .ldd = V,
	    .type_d = JK_F32, .scale = 1);
	(void)RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .loss = A(loss), .d = A(x), .n_rows = T, .n_vocab = V,
	    .ldd = type == JK_BF16 ? 2 * V : V, .type_d = type, .scale = 1);
	for (t = 0; t < T; t++)
		for (i = 0; i < V; i++)
			worst = fmax(worst, fabs((double)d[t * V + i] -
			    (double)jk_load(x + t * V, i, type)) /
			    fabs((double)d[t * V + i]));
	ok(worst <= (type == JK_BF16 ? 0x1p-8 : 0), "%s gradient in place: "
	    "%.1e", type == JK_BF16 ? "bf16" : "f32", worst);
}

/* Of logits that are capped, the gradient of what they were. */
static void
test_softcap(void)
{
	enum { T = 2, V = 37 };
	float raw[T * V], x[T * V], d[T * V], loss[T];
	uint32_t target[T] = { 0, 36 }, i, t;
	const double cap = 2.5;
	double worst = 0, worst_d = 0;

	fill(raw, T * V, 23);
	for (i = 0; i < T * V; i++)
		x[i] = raw[i] = 6 * raw[i];
	ok(RUN(softcap, .x = A(x), .n = T * V, .cap = (float)cap) &&
	    RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .loss = A(loss), .d = A(d), .n_rows = T, .n_vocab = V, .ldd = V,
	    .type_d = JK_F32, .scale = 0.5f, .cap = (float)cap),
	    "capped logits, and cross entropy of them");
	for (t = 0; t < T; t++) {
		double y[V], sum = 0;

		for (i = 0; i < V; i++) {
			y[i] = cap * tanh((double)raw[t * V + i] / cap);
			sum += exp(y[i]);
		}
		for (i = 0; i < V; i++) {
			double want = 0.5 * (exp(y[i]) / sum - (i ==
			    target[t])) * (1 - y[i] * y[i] / (cap * cap));
			double e = fabs((double)x[t * V + i] - y[i]);

			worst = !(e <= worst) ? e : worst;
			e = fabs((double)d[t * V + i] - want);
			worst_d = !(e <= worst_d) ? e : worst_d;
		}
	}
	ok(worst <= 1e-6 && worst_d <= 1e-6, "agree with the definition: %.1e, "
	    "%.1e", worst, worst_d);
	x[0] = NAN;
	x[1] = INFINITY;
	x[2] = -INFINITY;
	ok(RUN(softcap, .x = A(x), .n = 3, .cap = 30) && isnan(x[0]) &&
	    x[1] == 30 && x[2] == -30, "a NaN stays one, infinity becomes cap");
}

static void
test_cross_entropy(void)
{
	enum { T = 3, V = 77 };
	const float weight[T] = { 0.5f, 1, 3 };
	float x[T * V], d[T * V], weighted[T * V], loss[T], l[T];
	uint32_t target[T] = { 0, 76, 40 }, i, t;
	double worst = 0;

	fill(x, T * V, 21);
	for (i = 0; i < T * V; i++)
		x[i] *= 4;
	ok(RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .loss = A(loss), .d = A(d), .n_rows = T, .n_vocab = V, .ldd = V,
	    .type_d = JK_F32, .scale = 0.5f), "cross entropy runs");
	for (t = 0; t < T; t++) {
		double max = -INFINITY, sum = 0, want;

		for (i = 0; i < V; i++)
			max = fmax(max, (double)x[t * V + i]);
		for (i = 0; i < V; i++)
			sum += exp((double)x[t * V + i] - max);
		want = max + log(sum) - (double)x[t * V + target[t]];
		worst = fmax(worst, fabs((double)loss[t] - want));
	}
	ok(worst <= 1e-5, "loss: %.1e", worst);
	(void)RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .weight = A(weight), .loss = A(l), .d = A(weighted), .n_rows = T,
	    .n_vocab = V, .ldd = V, .type_d = JK_F32, .scale = 0.5f);
	for (i = 0, worst = 0; i < T * V; i++)
		worst = fmax(worst, fabs((double)weighted[i] -
		    (double)weight[i / V] * (double)d[i]));
	ok(worst <= 1e-7 && memcmp(l, loss, sizeof l) == 0,
	    "weights multiply gradients, not losses (%.1e)", worst);
	for (i = 0, worst = 0; i < T * V; i += 5) {
		float keep = x[i];
		double up, down, e;
		const float h = 1e-2f;

		x[i] = keep + h;
		(void)RUN(cross_entropy, .logits = A(x), .target = A(target),
		    .loss = A(l), .n_rows = T, .n_vocab = V, .ldd = V,
		    .type_d = JK_F32, .scale = 1);
		up = (double)l[i / V];
		x[i] = keep - h;
		(void)RUN(cross_entropy, .logits = A(x), .target = A(target),
		    .loss = A(l), .n_rows = T, .n_vocab = V, .ldd = V,
		    .type_d = JK_F32, .scale = 1);
		down = (double)l[i / V];
		x[i] = keep;
		e = fabs(0.5 * (up - down) / 2e-2 - (double)d[i]);
		worst = !(e <= worst) ? e : worst;
	}
	ok(worst <= 2e-4, "its gradient, by central differences: %.1e",
	    worst);
	x[5] = NAN;
	ok(RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .loss = A(loss), .n_rows = T, .n_vocab = V, .ldd = V,
	    .type_d = JK_F32, .scale = 1) &&
	    !isfinite(loss[0]) && isfinite(loss[1]), "a NaN is not lost");
	target[0] = V;
	ok(!RUN(cross_entropy, .logits = A(x), .target = A(target),
	    .loss = A(loss), .n_rows = T, .n_vocab = V, .ldd = V,
	    .type_d = JK_F32, .scale = 1),
	    "a target outside the vocabulary is refused");
}

static void
test_small(void)
{
	enum { N = 5000 };
	static float x[2 * N], y[2 * N];
	uint32_t at[2];
	struct jk_row row = { .position = 1, .kv_row = 1 };
	float table[2 * 4] = { 1, 0, 1, 0, 0, 1, 0.5f, 0.25f };
	float w[3] = { 0, 1, 2 }, v[3] = { 3, 0, -4 };
	float u[4] = { 1, 2, 3, 4 }, r[8] = { 0 };
	float big[3], ones[3] = { 1, 1, 1 };
	uint32_t index[2] = { 1, 0 };
	double e;

	fill(x, 2 * N, 31);
	x[4321] = x[4399] = 9;
	x[N + 17] = NAN;
	ok(RUN(argmax, .logits = A(x), .index = A(at), .n_rows = 2,
	    .n_vocab = N) && at[0] == 4321 && at[1] == N,
	    "argmax: the first of equals; a NaN is told");
	/* mean square 25 / 3: x / 2.88675 * (1 + w) */
	ok(RUN(rms_norm, .x = A(v), .w = A(w), .y = A(y), .n_rows = 1,
	    .n_groups = 1, .dim = 3, .step = 3, .ldx = 3, .ldy = 3,
	    .type = JK_F32,
	    .weight_offset = 1),
	    "rms_norm runs");
	e = fabs((double)y[0] - 1.0392305) + fabs((double)y[1]) +
	    fabs((double)y[2] + 4.1569219);
	ok(e < 1e-6, "rms_norm of Gemma's kind");
	/* mean -1/3, variance 74 / 9 */
	ok(RUN(layer_norm, .x = A(v), .w = A(w), .b = A(u), .y = A(y),
	    .n_rows = 1, .dim = 3, .ldx = 3, .ldy = 3, .type = JK_F32),
	    "layer_norm runs");
	e = fabs((double)y[0] - 1) + fabs((double)y[1] - 2.1162476) +
	    fabs((double)y[2] - 0.4425519);
	ok(e < 2e-6, "layer_norm (%.1e)", e);
	/* the variance of numbers around a large one: 6666.0, 6667.0, 6668.0 */
	big[0] = 6666;
	big[1] = 6667;
	big[2] = 6668;
	(void)RUN(layer_norm, .x = A(big), .w = A(ones), .b = A(ones),
	    .y = A(big), .n_rows = 1, .dim = 3, .ldx = 3, .ldy = 3,
	    .type = JK_F32);
	e = fabs((double)big[0] + 0.2247449) + fabs((double)big[1] - 1) +
	    fabs((double)big[2] - 2.2247449);
	ok(e < 2e-6, "layer_norm far from 0, in place (%.1e)", e);
	r[0] = 10;
	r[1] = 20;
	ok(RUN(add_positions, .rows = A(&row), .table = A(u), .y = A(r),
	    .n_rows = 1, .dim = 2, .n_positions = 2, .type = JK_F32) &&
	    r[0] == 13 && r[1] == 24, "add_positions");
	ok(!RUN(add_positions, .rows = A(&row), .table = A(u), .y = A(r),
	    .n_rows = 1, .dim = 2, .n_positions = 1, .type = JK_F32) &&
	    r[0] == 13, "a position that was not learned is refused");
	/* position 1: pairs (1, 3) by (0, 1) and (2, 4) by (0.5, 0.25) */
	ok(RUN(rope, .x = A(u), .y = A(r), .rows = A(&row), .table = A(table),
	    .n_rows = 1, .n_heads = 1, .head_dim = 4, .rotary_dim = 4,
	    .ldx = 4, .ldy = 4,
	    .type = JK_F32, .scatter = 1, .n_positions = 2, .n_out = 2) &&
	    r[4] == -3 && r[5] == 0 && r[6] == 1 && r[7] == 2.5f,
	    "rope, into the row of the cache");
	ok(RUN(copy_rows, .x = A(u), .index = A(index), .y = A(r), .n_rows = 2,
	    .dim = 2, .ldx = 2, .ldy = 2, .type = JK_F32, .type_y = JK_F32,
	    .mode = JK_COPY_SCATTER, .n_x = 2, .n_y = 2) && r[0] == 3 &&
	    r[3] == 2 &&
	    RUN(copy_rows, .x = A(u), .index = A(index), .y = A(r),
	    .n_rows = 1, .dim = 2, .ldx = 2, .ldy = 2, .type = JK_F32,
	    .type_y = JK_F32, .mode = JK_COPY_GATHER, .n_x = 2, .n_y = 1) &&
	    r[0] == 3 && r[1] == 4, "copy_rows");
	index[0] = 2;
	ok(!RUN(copy_rows, .x = A(u), .index = A(index), .y = A(r),
	    .n_rows = 2, .dim = 2, .ldx = 2, .ldy = 2, .type = JK_F32,
	    .type_y = JK_F32, .mode = JK_COPY_GATHER, .n_x = 2, .n_y = 2),
	    "copy_rows refuses a row behind the last");
	ok(RUN(glu, .gate = A(u), .up = A(u + 2), .y = A(r), .n_rows = 1,
	    .dim = 2, .ldx = 4, .ldy = 2, .kind = JK_GLU_SILU, .type = JK_F32),
	    "glu runs");
	e = fabs((double)r[0] - 3 * 0.731058579) +
	    fabs((double)r[1] - 4 * 1.761594156);
	ok(e < 1e-6, "SwiGLU (%.1e)", e);
	(void)RUN(glu, .gate = A(u), .up = A(u + 2), .y = A(r), .n_rows = 1,
	    .dim = 2, .ldx = 4, .ldy = 2, .kind = JK_GLU_GELU, .type = JK_F32);
	e = fabs((double)r[0] - 3 * 0.841191991) +
	    fabs((double)r[1] - 4 * 1.954597694);
	ok(e < 2e-6, "GeGLU (%.1e)", e);
	(void)RUN(gelu, .x = A(u), .y = A(r), .n_rows = 1, .dim = 2, .ldx = 4,
	    .ldy = 2, .type = JK_F32);
	e = fabs((double)r[0] - 0.841191991) + fabs((double)r[1] -
	    1.954597694);
	ok(e < 2e-6, "GELU without a gate (%.1e)", e);
}

/* --- the small ones in bf16: the formulas written out, but for one rounding */

enum { ROWS = 3, DIM = 37, N_BF16 = ROWS * DIM };

/* n numbers as bf16 holds them, and as double. */
static void
fill_bf16(uint16_t *x, double *v, uint32_t n, uint32_t salt)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		jk_store(x, i, JK_BF16, 4 * number(i, salt));
		v[i] = (double)jk_load(x, i, JK_BF16);
	}
}

/* Half a unit of 8 bits, and what f32 adds to it. */
static void
check_bf16(const uint16_t *got, const double *want, uint32_t n,
    const char *name)
{
	double worst = 0, e;
	uint32_t i;

	for (i = 0; i < n; i++) {
		e = fabs((double)jk_load(got, i, JK_BF16) - want[i]) /
		    (fabs(want[i]) + 1e-4);
		worst = !(e <= worst) ? e : worst;
	}
	ok(worst <= 0x1.01p-8, "%s in bf16: %.2g", name, worst);
}

static double
double_act(double x, uint32_t kind)
{
	if (kind == JK_GLU_SILU)
		return x / (1 + exp(-x));
	return x / 2 * (1 + tanh(sqrt(2 / acos(-1)) *
	    (x + 0.044715 * x * x * x)));
}

static void
test_elements_bf16(void)
{
	static const char *const names[] = { "SwiGLU", "GeGLU" };
	uint16_t a[N_BF16], b[N_BF16], y[N_BF16];
	double va[N_BF16], vb[N_BF16], want[N_BF16];
	float factor[DIM], shift[DIM];
	uint32_t i, kind;

	fill_bf16(a, va, N_BF16, 61);
	fill_bf16(b, vb, N_BF16, 62);
	for (i = 0; i < N_BF16; i++)
		want[i] = va[i] + vb[i];
	(void)RUN(add, .a = A(a), .b = A(b), .y = A(y), .n = N_BF16,
	    .type = JK_BF16);
	check_bf16(y, want, N_BF16, "add");
	for (i = 0; i < DIM; i++) {
		factor[i] = (float)vb[i];
		shift[i] = (float)vb[N_BF16 - 1 - i];
	}
	for (i = 0; i < N_BF16; i++)
		want[i] = va[i] * (double)factor[i % DIM] +
		    (double)shift[i % DIM];
	memcpy(y, a, sizeof y);
	(void)RUN(scale_columns, .x = A(y), .factor = A(factor),
	    .shift = A(shift), .y = A(y), .n_rows = ROWS, .n = DIM, .ldx = DIM,
	    .ldy = DIM, .type = JK_BF16);
	check_bf16(y, want, N_BF16, "scale_columns");
	for (i = 0; i < N_BF16; i++)
		want[i] = vb[i] + va[i] * (double)factor[i % DIM];
	memcpy(y, b, sizeof y);
	(void)RUN(scale_columns, .x = A(a), .factor = A(factor), .y = A(y),
	    .n_rows = ROWS, .n = DIM, .ldx = DIM, .ldy = DIM, .type = JK_BF16,
	    .accumulate = 1);
	check_bf16(y, want, N_BF16, "scale_columns, added");
	for (kind = 0; kind < 2; kind++) {
		for (i = 0; i < N_BF16; i++)
			want[i] = double_act(va[i], kind) * vb[i];
		(void)RUN(glu, .gate = A(a), .up = A(b), .y = A(y),
		    .n_rows = ROWS, .dim = DIM, .ldx = DIM, .ldy = DIM,
		    .kind = kind, .type = JK_BF16);
		check_bf16(y, want, N_BF16, names[kind]);
	}
	for (i = 0; i < N_BF16; i++)
		want[i] = double_act(va[i], JK_GLU_GELU);
	(void)RUN(gelu, .x = A(a), .y = A(y), .n_rows = ROWS, .dim = DIM,
	    .ldx = DIM, .ldy = DIM, .type = JK_BF16);
	check_bf16(y, want, N_BF16, "GELU");
}

/* Bit k of row t. */
static bool
mask_bit(const uint32_t *mask, uint32_t t, uint32_t k)
{
	return mask[t * ((DIM + 31) / 32) + k / 32] >> k % 32 & 1;
}

static void
test_apply_mask(void)
{
	const float kept = 1.25f, dropped = -0.5f;
	uint32_t mask[ROWS * 2], i;
	uint16_t x[N_BF16], y[N_BF16];
	float f[N_BF16], g[N_BF16];
	double v[N_BF16], was[N_BF16], want[N_BF16], worst = 0, e;

	for (i = 0; i < ROWS * 2; i++)
		mask[i] = jk_philox(i, 1, 2, 3, 4, 5).v[0];
	fill_bf16(x, v, N_BF16, 63);
	fill_bf16(y, was, N_BF16, 64);
	for (i = 0; i < N_BF16; i++) {
		f[i] = (float)v[i];
		want[i] = v[i] * (double)(mask_bit(mask, i / DIM, i % DIM) ?
		    kept : dropped);
	}
	(void)RUN(apply_mask, .x = A(f), .mask = A(mask), .y = A(g),
	    .n_rows = ROWS, .dim = DIM, .type = JK_F32, .kept = kept,
	    .dropped = dropped);
	for (i = 0; i < N_BF16; i++) {
		e = fabs((double)g[i] - want[i]);
		worst = !(e <= worst) ? e : worst;
		want[i] += was[i];
	}
	ok(worst == 0, "apply_mask: a factor for each bit");
	(void)RUN(apply_mask, .x = A(x), .mask = A(mask), .y = A(y),
	    .n_rows = ROWS, .dim = DIM, .type = JK_BF16, .accumulate = 1,
	    .kept = kept, .dropped = dropped);
	check_bf16(y, want, N_BF16, "apply_mask, added");
}

static void
test_layer_norm_bf16(void)
{
	static const struct jk_row rows[ROWS] = { { .position = 1 },
		{ .position = 0 }, { .position = 2 } };
	uint16_t x[N_BF16], y[N_BF16];
	double v[N_BF16], want[N_BF16];
	float w[DIM], b[DIM], table[N_BF16];
	uint32_t t, i;

	fill_bf16(x, v, N_BF16, 67);
	fill(w, DIM, 68);
	fill(table, N_BF16, 69);
	for (i = 0; i < DIM; i++)	/* sums that do not come near 0 */
		b[i] = 9 + w[i];
	for (t = 0; t < ROWS; t++) {
		const double *r = v + t * DIM;
		double mean = 0, squares = 0;

		for (i = 0; i < DIM; i++)
			mean += r[i] / DIM;
		for (i = 0; i < DIM; i++)
			squares += (r[i] - mean) * (r[i] - mean);
		for (i = 0; i < DIM; i++)
			want[t * DIM + i] = (r[i] - mean) / sqrt(squares /
			    DIM + 1e-5) * (double)w[i] + (double)b[i];
	}
	(void)RUN(layer_norm, .x = A(x), .w = A(w), .b = A(b), .y = A(y),
	    .n_rows = ROWS, .dim = DIM, .ldx = DIM, .ldy = DIM,
	    .type = JK_BF16, .eps = 1e-5f);
	check_bf16(y, want, N_BF16, "layer_norm");
	for (t = 0; t < ROWS; t++)
		for (i = 0; i < DIM; i++)
			want[t * DIM + i] = v[t * DIM + i] +
			    (double)table[rows[t].position * DIM + i];
	memcpy(y, x, sizeof y);
	(void)RUN(add_positions, .rows = A(rows), .table = A(table),
	    .y = A(x), .n_rows = ROWS, .dim = DIM, .n_positions = ROWS,
	    .type = JK_BF16);
	check_bf16(x, want, N_BF16, "add_positions");
	for (t = 0; t < ROWS; t++)
		for (i = 0; i < DIM; i++) {
			struct jk_philox p = jk_random(9, JK_STREAM_NOISE,
			    i / 4, rows[t].position, rows[t].ordinal, 2);

			want[t * DIM + i] = v[t * DIM + i] + (double)(2 *
			    jk_uniform(p.v[i % 4]) - 1);
		}
	(void)RUN(add_noise, .rows = A(rows), .y = A(y), .n_rows = ROWS,
	    .dim = DIM, .step = 2, .seed_low = 9, .scale = 1,
	    .type = JK_BF16);
	check_bf16(y, want, N_BF16, "add_noise");
}

static void
test_rows_bf16(void)
{
	enum { HALF = DIM / 2, WIDTH = 2 * HALF };
	static const struct jk_row rows[ROWS] = { { .position = 1 },
		{ .position = 0 }, { .position = 2 } };
	uint16_t x[N_BF16], y[N_BF16] = { 0 };
	double v[N_BF16], want[N_BF16] = { 0 };
	float w[DIM], table[ROWS * WIDTH];
	uint32_t t, i;

	fill_bf16(x, v, N_BF16, 63);
	fill(w, DIM, 64);
	fill(table, ROWS * WIDTH, 65);
	for (t = 0; t < ROWS; t++) {
		const double *r = v + t * DIM;
		double sum = 0;

		for (i = 0; i < DIM; i++)
			sum += r[i] * r[i];
		for (i = 0; i < DIM; i++)
			want[t * DIM + i] = r[i] / sqrt(sum / DIM + 1e-5) *
			    (1 + (double)w[i]);
	}
	(void)RUN(rms_norm, .x = A(x), .w = A(w), .y = A(y), .n_rows = ROWS,
	    .n_groups = 1, .dim = DIM, .ldx = DIM, .ldy = DIM,
	    .type = JK_BF16, .eps = 1e-5f, .weight_offset = 1);
	check_bf16(y, want, N_BF16, "rms_norm");
	for (t = 0; t < ROWS; t++)
		for (i = 0; i < HALF; i++) {
			const float *cs = table + rows[t].position * WIDTH +
			    2 * i;
			const double *r = v + t * DIM + i;

			want[t * DIM + i] = r[0] * (double)cs[0] -
			    r[HALF] * (double)cs[1];
			want[t * DIM + i + HALF] = r[HALF] * (double)cs[0] +
			    r[0] * (double)cs[1];
		}
	for (t = 0; t < ROWS; t++)	/* what no pair has stays */
		want[t * DIM + WIDTH] = (double)jk_load(y, t * DIM + WIDTH,
		    JK_BF16);
	(void)RUN(rope, .x = A(x), .y = A(y), .rows = A(rows),
	    .table = A(table), .n_rows = ROWS, .n_heads = 1,
	    .head_dim = WIDTH, .rotary_dim = WIDTH, .ldx = DIM, .ldy = DIM,
	    .type = JK_BF16,
	    .n_positions = ROWS, .n_out = ROWS);
	check_bf16(y, want, N_BF16, "rope");
}

static void
test_copies_bf16(void)
{
	static const struct jk_row rows[ROWS] = { { .token = 2 },
		{ .token = 0 }, { .token = 2 } };
	static const uint32_t index[ROWS] = { 2, 0, 2 };
	uint16_t x[N_BF16], y[N_BF16], back[N_BF16];
	double v[N_BF16], want[N_BF16];
	float f[N_BF16];
	uint32_t t, i;

	fill_bf16(x, v, N_BF16, 66);
	for (t = 0; t < ROWS; t++)
		for (i = 0; i < DIM; i++)
			want[t * DIM + i] = 3 * v[index[t] * DIM + i];
	(void)RUN(embedding, .rows = A(rows), .w = A(x), .y = A(y),
	    .n_rows = ROWS, .n_vocab = ROWS, .dim = DIM,
	    .weight_type = JK_BF16, .type = JK_BF16, .scale = 3);
	check_bf16(y, want, N_BF16, "embedding");
#define COPY(from, type_from, to, type_to) RUN(copy_rows, .x = A(from), \
	.index = A(index), .y = A(to), .n_rows = ROWS, .dim = DIM, \
	.ldx = DIM, .ldy = DIM, .type = type_from, .type_y = type_to, \
	.mode = JK_COPY_GATHER, .n_x = ROWS, .n_y = ROWS)
	(void)COPY(x, JK_BF16, y, JK_BF16);
	ok(memcmp(y, x + 2 * DIM, sizeof *y * DIM) == 0 &&
	    memcmp(y + DIM, x, sizeof *y * DIM) == 0, "copy_rows of bf16");
	(void)COPY(x, JK_BF16, f, JK_F32);
	for (i = 0; i < N_BF16 && f[i] == jk_load(y, i, JK_BF16); i++)
		;
	ok(i == N_BF16, "copy_rows, from bf16 to f32");
	/* rows 2, 0, 2 of f are rows 2, 2, 2 of x */
	(void)COPY(f, JK_F32, back, JK_BF16);
	ok(memcmp(back, x + 2 * DIM, sizeof *x * DIM) == 0 &&
	    memcmp(back + DIM, x + 2 * DIM, sizeof *x * DIM) == 0,
	    "copy_rows, from f32 to bf16");
#undef COPY
}

/*
 * oneDNN's products, on every processor: a way that no operation takes below
 * AVX-512.  Padded rows, B either way round, a bias, added to what is there.
 */
static void
check_gemm(bool trans_b, bool accumulate, bool biased, bool again)
{
	enum { M = 7, N = 33, K = 21, LDA = K + 2, LDC = N + 5 };
	const uint32_t ldb = (trans_b ? K : N) + 3;
	float a[M * LDA], b[(N + K) * (N + K)], bias[N], c[M * LDC];
	struct jk_gemm g = { .m = M, .n = N, .k = K, .a = a, .b = b,
		.bias = biased ? bias : NULL, .c = c, .lda = LDA, .ldb = ldb,
		.ldc = LDC, .trans_b = trans_b, .accumulate = accumulate,
		.type = JK_F32, .type_c = JK_F32 };
	double worst = 0;
	uint32_t i, j, k;

	fill(a, M * LDA, 51 + again);
	fill(b, (N + K) * (N + K), 52);
	fill(bias, N, 53);
	for (i = 0; i < M * LDC; i++)
		c[i] = 2;
	ok(jk_cpu_gemm(jk_dev_cpu(dev), &g, &err) == 0,
	    "oneDNN multiplies");
	for (i = 0; i < M; i++)
		for (j = 0; j < LDC; j++) {
			double sum = j >= N || accumulate ? 2 : 0, e;

			for (k = 0; j < N && k < K; k++)
				sum += (double)a[i * LDA + k] * (double)b[
				    trans_b ? j * ldb + k : k * ldb + j];
			sum += j < N && biased ? (double)bias[j] : 0;
			e = fabs(sum - (double)c[i * LDC + j]);
			worst = !(e <= worst) ? e : worst;
		}
	ok(worst <= 1e-5, "oneDNN's product%s%s%s%s (%.1e)", trans_b ?
	    ", transposed" : "", accumulate ? ", added" : "", biased ?
	    ", with a bias" : "", again ? ", kept" : "", worst);
}

/*
 * With AMX rows have the same bits, however many there are and whatever the number
 * of threads: few, many, more than stay in a cache at a time; with weights that
 * are decoded in registers, in pieces (Q2_K), or not at all; and on the way back,
 * over inputs that go in two ranges.
 */
static void
check_tiles(uint32_t stored)
{
	enum { M = 801, N = 75, K = 512, LONG = 3328, N_COUNTS = 7 };
	static const uint32_t counts[N_COUNTS] = { M, 100, 48, 47, 33, 17, 1 };
#define SCALES(id, number, block, bytes, gguf, scale, minimum) \
	[id] = { (block) == 1 ? 0 : (scale), minimum },
	/* where a block's f16 numbers stand; -1: none */
	static const int halves[][2] = { JK_WEIGHT_TYPES(SCALES) };
#undef SCALES
	const size_t w_bytes = LONG * jk_type_bytes(stored, K);
	uint8_t *w = malloc(w_bytes);
	uint16_t *x = malloc(M * LONG * sizeof *x);
	uint16_t *all = malloc(M * N * sizeof *all);
	uint16_t *all_back = malloc(M * K * sizeof *all_back);
	uint16_t *y = malloc(M * K * sizeof *y);
	struct jk_cpu *cpu = jk_dev_cpu(dev);
	const int n_threads = jk_cpu_threads(cpu);
	bool same = true, same_back = true;
	size_t i, j;

	for (i = 0; i < w_bytes; i++)
		w[i] = (uint8_t)(i * 2654435761u >> 13);
	for (i = 0; i < w_bytes; i += jk_dtype_block_bytes((enum jk_dtype)
	    stored))
		for (j = 0; j < 2 && halves[stored][j] >= 0; j++) {
			uint8_t *high = w + i + halves[stored][j] + 1;

			*high = (*high & 0x80) | 0x3c;
		}
	for (i = 0; i < M * LONG; i++)
		jk_store(x, i, JK_BF16, number((uint32_t)i, 51));
	for (i = 0; i < N_COUNTS; i++) {
		const uint32_t m = counts[i], first = (M - m) / 2;

		jk_cpu_set_threads(cpu, i % 2 ? 1 : 3);
		same = RUN(matmul, .x = A(x + first * K), .w = A(w),
		    .y = A(i ? y : all), .m = m, .n = N, .k = K, .ldx = K,
		    .ldy = N, .weight_type = stored, .type = JK_BF16,
		    .type_y = JK_BF16) && same;
		same = same && (!i || memcmp(y, all + first * N,
		    m * N * sizeof *y) == 0);
		same_back = RUN(matmul_back, .dy = A(x + first * LONG),
		    .w = A(w), .dx = A(i ? y : all_back), .m = m, .n = LONG,
		    .k = K, .ldy = LONG, .ldx = K, .weight_type = stored,
		    .type = JK_BF16, .type_x = JK_BF16) && same_back;
		same_back = same_back && (!i || memcmp(y, all_back + first * K,
		    m * K * sizeof *y) == 0);
	}
	for (i = 0; i < M * N; i++)
		same = same && isfinite(jk_load(all, i, JK_BF16));
	ok(same, "%s: rows have their bits whatever is beside them",
	    jk_dtype_name((enum jk_dtype)stored));
	ok(same_back, "and on the way back");
	jk_cpu_set_threads(cpu, n_threads);
	free(w), free(x), free(all), free(all_back), free(y);
}

static void
check_tiles_of_types(void)
{
	static const uint32_t types[] = { JK_Q4_0, JK_Q4_1, JK_Q5_0, JK_Q8_0,
		JK_Q4_K, JK_Q5_K, JK_Q6_K, JK_Q2_K, JK_BF16 };
	size_t i;

	for (i = 0; i < sizeof types / sizeof *types; i++)
		check_tiles(types[i]);
}

/*
 * Kept weights, in slices and ranges, there and back: the bits of those that are
 * packed anew, and no longer read, until they are forgotten.
 */
static void
check_kept(void)
{
	enum { M = 70, N = 200, K = 33024 };
	uint16_t *x = malloc(2ull * M * K), *w = malloc(2ull * N * K);
	uint16_t *dx[4];
	float y[4][M * N];
	struct jk_call calls[3] = { { .op = JK_OP_matmul },
		{ .op = JK_OP_matmul_back }, { .op = JK_OP_matmul } };
	struct jk_matmul there = { .x = A(x), .w = A(w), .m = M, .n = N, .k = K,
		.ldx = K, .ldy = N, .weight_type = JK_BF16, .type = JK_BF16,
		.type_y = JK_F32 };
	struct jk_matmul_back back = { .dy = A(x), .w = A(w), .m = M, .n = N,
		.k = K, .ldy = N, .ldx = K, .weight_type = JK_BF16,
		.type = JK_BF16, .type_x = JK_BF16 };
	uint64_t bytes;
	size_t i;
	bool ran = true;
	int t;

	for (i = 0; i < (size_t)M * K; i++)
		jk_store(x, i, JK_BF16, number((uint32_t)i, 51));
	for (i = 0; i < (size_t)N * K; i++)
		jk_store(w, i, JK_BF16, number((uint32_t)i, 52) / 64);
	memcpy(calls[0].args, &there, sizeof there);
	memcpy(calls[1].args, &back, sizeof back);
	memcpy(calls[2].args, &there, sizeof there);
	bytes = jk_dev_kept_bytes(dev, calls, 3);
	ok(bytes == 2ull * 224 * 33024 + 2ull * 33024 * 224,
	    "kept: %llu bytes", (unsigned long long)bytes);
	for (t = 0; t < 4; t++) {
		if (t == 1)
			jk_dev_keep(dev, bytes);
		if (t == 2)	/* what is kept is not read again */
			memset(w, 0, 2ull * N * K);
		if (t == 3)
			jk_dev_keep(dev, bytes / 2 - 1);
		dx[t] = malloc(2ull * M * K);
		there.y = A(y[t]);
		back.dx = A(dx[t]);
		ran = ran && jk_dev_run(dev, JK_OP_matmul, &there, &err) == 0 &&
		    jk_dev_run(dev, JK_OP_matmul_back, &back, &err) == 0;
	}
#define SAME(a, b) (memcmp(y[a], y[b], sizeof y[a]) == 0 && \
	memcmp(dx[a], dx[b], 2ull * M * K) == 0)
	ok(ran && SAME(0, 1) && SAME(1, 2) && !SAME(2, 3),
	    "kept weights: the same bits, as long as they are kept");
#undef SAME
	jk_dev_keep(dev, 0);
	for (t = 0; t < 4; t++)
		free(dx[t]);
	free(x), free(w);
}

/* All operations in the code for one instruction set. */
static void
test_isa(enum jk_isa isa)
{
	static const uint32_t shapes[][3] = { { 1, 1, 1 }, { 1, 17, 33 },
		{ 5, 48, 40 }, { 30, 33, 96 }, { 70, 50, 64 },
		{ 131, 19, 257 } };
	float w[7 * 37];
	uint32_t t;
	size_t i;

	diag("instruction set: %s", jk_isa_name(isa));
	for (t = 0; t < JK_N_WEIGHT_DTYPES; t++)
		check_type(t);
	fill(w, sizeof w / sizeof *w, 14);
	check_dora_norm("F32, odd", JK_F32, w, w, 7, 37);
	check_dora_norm("F32, one", JK_F32, w, w, 1, 1);
	for (i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (t = 0; t < 4; t++) {
			const uint32_t *s = shapes[i];

			check_matmul(s[0], s[1], s[2], JK_F32, t);
			check_matmul(s[0], s[1], s[2], JK_BF16, t);
		}
	check_attention(64, 0, 0);
	check_attention(40, 0, 0);
	check_attention(80, 50, 0);
	check_attention(40, 50, 0.7f);
	check_slices(isa, JK_F32);
	check_slices(isa, JK_BF16);
	check_ranges();
	check_packs();
	check_window_leaves();
	test_cross_entropy();
	test_softcap();
	check_in_place(JK_F32);
	check_in_place(JK_BF16);
	test_small();
	test_elements_bf16();
	test_apply_mask();
	test_rows_bf16();
	test_layer_norm_bf16();
	test_copies_bf16();
}

int
main(void)
{
	int isa, i;

	if (jk_dev_open("cpu", 0, &dev, &err) < 0) {
		ok(0, "%s", err.msg);
		return done_testing();
	}
	for (i = 0; i < 16; i++)	/* the last bit: from the cache */
		check_gemm(i & 1, i & 2, i & 4, i & 8);
	if (jk_cpu_has_amx(jk_dev_cpu(dev))) {
		diag("with AMX");
		test_isa(jk_cpu_isa(jk_dev_cpu(dev)));
		check_tiles_of_types();
		check_kept();
		jk_cpu_forget_amx(jk_dev_cpu(dev));
	}
	for (isa = 0; isa < JK_N_ISAS; isa++)
		if (jk_cpu_use(jk_dev_cpu(dev), (enum jk_isa)isa))
			test_isa((enum jk_isa)isa);
		else
			diag("not on this processor: %s",
			    jk_isa_name((enum jk_isa)isa));
	jk_dev_close(dev);
	return done_testing();
}
