#include "cpu/dot_int8.h"

#include <math.h>
#include <string.h>

#include "cpu/int8_codes.h"
#include "cpu/vec.h"

JK_INLINE struct jk_dot8_row
row_of(const void *x, size_t k)
{
	const size_t n = jk_dot8_padded(k);
	const float *ds = (const float *)(const void *)((const char *)x + n);

	return (struct jk_dot8_row){ x, ds, ds + n / 16 };
}

#ifndef __AVX2__
/* 32 inputs as q, and the sums of both halves; d is NaN where one is not finite. */
static void
quantize32(const float v[32], int8_t *q, float *d, int sums[2])
{
	/* plus and minus this: to the nearest whole number, if below 2^22 */
	const float shift = 0x1.8p23f;
	float largest = 0, nothing = 0, inverse;
	int i;

	for (i = 0; i < 32; i++) {
		largest = fabsf(v[i]) > largest ? fabsf(v[i]) : largest;
		nothing += v[i] * 0;
	}
	*d = nothing == 0 ? largest / 127 : NAN;
	/* 1 / d of the smallest numbers is no number */
	inverse = *d >= 0x1p-126f ? 1 / *d : 0;
	for (i = 0; i < 32; i++) {
		float r = (nothing == 0 ? v[i] : 0) * inverse + shift;

		q[i] = (int8_t)(r - shift);
	}
	sums[0] = sums[1] = 0;
	for (i = 0; i < 32; i++)
		sums[i / 16] += q[i];
}
#endif

void
jk_dot8_pack(const void *x, uint32_t type, size_t k, void *to)
{
	const size_t n = jk_dot8_padded(k);
	int8_t *q = to;
	float *ds = (float *)(void *)((char *)to + n), *s = ds + n / 16;
	size_t b;
	int i;

	for (b = 0; b < k / 32; b++, q += 32) {
		float v[32], d;
		int sums[2];

		for (i = 0; i < 32; i += JK_LANES)
			jk_vec_store(v, (size_t)i, JK_F32, jk_vec_load(x,
			    b * 32 + (size_t)i, type));
		quantize32(v, q, &d, sums);
		ds[2 * b] = d;
		ds[2 * b + 1] = d * (float)(sums[0] + sums[1]);
		s[2 * b] = d * (float)sums[0];
		s[2 * b + 1] = d * (float)sums[1];
	}
	if (b < n / 32) {
		memset(q, 0, 32);
		ds[2 * b] = ds[2 * b + 1] = s[2 * b] = s[2 * b + 1] = 0;
	}
}

#ifdef __AVX2__

/*
 * Rows of W and of x at a time: enough sums to hide their latency, no more than
 * there are registers.
 */
enum { ROWS = 4, SOME_ROWS = 2 };
#ifdef __AVX512VNNI__
enum { X_ROWS = 4 };
#else
enum { X_ROWS = 2 };
#endif

/* Bytes that are asked for before they are needed; see quant/rows.c. */
enum { AHEAD_BYTES = 1024 };

/* Some rows of W by some of x, all of them. */
struct int8_piece {
	const uint8_t *w[ROWS];
	struct jk_dot8_row x[X_ROWS];
	struct jk_dot8_sums sums[ROWS][X_ROWS];
};

/* Blocks of 256; n_w and n_x should be constants after inlining. */
JK_INLINE void
sum256(uint32_t stored, struct int8_piece *p, int n_w, int n_x, size_t k)
{
	const size_t step = jk_dtype_block_bytes((enum jk_dtype)stored);
	size_t i, at = 0;
	int r, l, n;

	for (i = 0; i < k; i += 256, at += step) {
		for (r = 0; r < n_w; r++) {
			const uint8_t *w = p->w[r] + at;
			float scales[16];

			for (n = 0; n < 3; n++)
				_mm_prefetch((const char *)w + AHEAD_BYTES +
				    64 * n, _MM_HINT_T0);
			if (stored == JK_Q6_K)
				scales_q6(w, scales);
			else
				scales_k(w, scales);
#pragma GCC unroll 4
			for (n = 0; n < 4; n++) {
				const jk_codes c = stored == JK_Q6_K ?
				    codes_q6(w, n) : codes_k(stored, w, n);
				const __m128 d = _mm_loadu_ps(scales + 4 * n);

#pragma GCC unroll 4
				for (l = 0; l < n_x; l++)
					add(stored, &p->sums[r][l], c, d,
					    &p->x[l], i + 64 * (size_t)n);
			}
		}
	}
}

/* Blocks of 32; behind an odd number of them there is nothing. */
JK_INLINE void
sum32(uint32_t stored, struct int8_piece *p, int n_w, int n_x, size_t k)
{
	const size_t step = jk_block32_bytes(stored);
	size_t i, at = 0;
	int r, l;

	for (i = 0; i < k; i += 64, at += 2 * step) {
		const size_t next = i + 32 < k ? step : 0;

#pragma GCC unroll 4
		for (r = 0; r < n_w; r++) {
			const uint8_t *w = p->w[r] + at;
			const jk_codes c = codes32(stored, w, w + next);
			const __m128 d = scales32(stored, w, w + next);

			_mm_prefetch((const char *)w + AHEAD_BYTES,
			    _MM_HINT_T0);
#pragma GCC unroll 4
			for (l = 0; l < n_x; l++)
				add(stored, &p->sums[r][l], c, d, &p->x[l], i);
		}
	}
}

/* out[l][j] of n_x rows of x, in pieces of n_w rows of W. */
JK_INLINE void
dot_piece(uint32_t stored, const uint8_t *w, size_t row_bytes,
    const struct jk_dot8_row *x, int n_w, int n_x, size_t k, uint32_t n_rows,
    float (*out)[JK_DOT_ROWS])
{
	const float factor = minimum_factor(stored);
	struct int8_piece p;
	uint32_t j;
	int r, l;

	for (l = 0; l < n_x; l++)
		p.x[l] = x[l];
	for (j = 0; j < n_rows; j += (uint32_t)n_w) {
		memset(p.sums, 0, sizeof p.sums);
		for (r = 0; r < n_w; r++) {
			const uint32_t row = j + (uint32_t)r;

			p.w[r] = w + (row < n_rows ? row : n_rows - 1) *
			    row_bytes;
		}
		if (jk_block32_bytes(stored) == 0)
			sum256(stored, &p, n_w, n_x, k);
		else
			sum32(stored, &p, n_w, n_x, k);
		for (r = 0; r < n_w; r++)
			for (l = 0; l < n_x; l++)
				out[l][j + (uint32_t)r] = sum_of(stored,
				    factor, &p.sums[r][l]);
	}
}

JK_INLINE void
dot(uint32_t stored, const uint8_t *w, size_t row_bytes, const void *x,
    size_t x_bytes, uint32_t m, size_t k, uint32_t n_rows,
    float (*out)[JK_DOT_ROWS])
{
	struct jk_dot8_row rows[X_ROWS];
	uint32_t i = 0, l;

	for (; i + X_ROWS <= m; i += X_ROWS) {
		for (l = 0; l < X_ROWS; l++)
			rows[l] = row_of((const char *)x + (i + l) * x_bytes,
			    k);
		dot_piece(stored, w, row_bytes, rows, SOME_ROWS, X_ROWS, k,
		    n_rows, out + i);
	}
	for (; i < m; i++) {
		rows[0] = row_of((const char *)x + i * x_bytes, k);
		dot_piece(stored, w, row_bytes, rows, ROWS, 1, k, n_rows,
		    out + i);
	}
}

#else

/* 32 numbers of a row: codes, and D and M of both halves. */
struct int8_run {
	uint8_t codes[32];
	float d[2], m[2];
};

/* Those of a block, or run j of the eight of a block of 256. */
JK_INLINE void
read_run(uint32_t stored, const uint8_t *p, int j, struct int8_run *out)
{
	int i;

	if (is_k(stored)) {
		const uint8_t *low = p + (stored == JK_Q5_K ? 48 : 16) +
		    j / 2 * 32;
		int scale, minimum;

		jk_read_k_scale(p + 4, j, &scale, &minimum);
		out->d[0] = jk_read_f16(p) * (float)scale;
		out->m[0] = jk_read_f16(p + 2) * (float)minimum;
		for (i = 0; i < 32; i++)
			out->codes[i] = low[i] >> (j % 2 * 4) & 15;
		if (stored == JK_Q5_K)
			for (i = 0; i < 32; i++)
				out->codes[i] |= (uint8_t)((p[16 + i] >> j &
				    1) << 4);
	} else if (stored == JK_Q6_K) {
		const uint8_t *low = p + j / 4 * 64 + j % 2 * 32;
		const uint8_t *high = p + 128 + j / 4 * 32;

		for (i = 0; i < 2; i++) {
			out->d[i] = jk_read_f16(p + 208) *
			    (float)(int8_t)p[192 + 2 * j + i];
			out->m[i] = middle(stored) * out->d[i];
		}
		for (i = 0; i < 32; i++)
			out->codes[i] = (uint8_t)((low[i] >> (j % 4 / 2 * 4) &
			    15) | (high[i] >> (j % 4 * 2) & 3) << 4);
		return;
	} else if (stored == JK_Q8_0) {
		for (i = 0; i < 32; i++)
			out->codes[i] = p[2 + i] ^ 0x80;
	} else {
		const uint8_t *low = p + jk_block32_bytes(stored) - 16;

		for (i = 0; i < 16; i++) {
			out->codes[i] = low[i] & 15;
			out->codes[16 + i] = low[i] >> 4;
		}
		if (has_fifth_bits(stored)) {
			const uint32_t bits = jk_read_u32(low - 4);

			for (i = 0; i < 32; i++)
				out->codes[i] |= (uint8_t)((bits >> i & 1) <<
				    4);
		}
	}
	if (!is_k(stored)) {
		out->d[0] = jk_read_f16(p);
		out->m[0] = has_minimum(stored) ? -jk_read_f16(p + 2) :
		    middle(stored) * out->d[0];
	}
	out->d[1] = out->d[0];
	out->m[1] = out->m[0];
}

/* The exact sums of both halves. */
JK_INLINE void
multiply(const uint8_t codes[32], const int8_t *q, int sums[2])
{
	int i;

	sums[0] = sums[1] = 0;
	for (i = 0; i < 16; i++)
		sums[0] += codes[i] * q[i];
	for (i = 16; i < 32; i++)
		sums[1] += codes[i] * q[i];
}

JK_INLINE void
dot(uint32_t stored, const uint8_t *w, size_t row_bytes, const void *x,
    size_t x_bytes, uint32_t m, size_t k, uint32_t n_rows,
    float (*out)[JK_DOT_ROWS])
{
	const size_t step = jk_dtype_block_bytes((enum jk_dtype)stored);
	const size_t n_runs = jk_block32_bytes(stored) ? 1 : 8;
	uint32_t i, j;
	size_t r;

	for (j = 0; j < n_rows; j++) {
		for (i = 0; i < m; i++)
			out[i][j] = 0;
		for (r = 0; r < k / 32; r++) {
			struct int8_run run;

			read_run(stored, w + j * row_bytes + r / n_runs * step,
			    (int)(r % n_runs), &run);
			for (i = 0; i < m; i++) {
				const struct jk_dot8_row p = row_of(
				    (const char *)x + i * x_bytes, k);
				int sums[2];

				multiply(run.codes, p.q + 32 * r, sums);
				out[i][j] += p.ds[2 * r] * (run.d[0] *
				    (float)sums[0] + run.d[1] *
				    (float)sums[1]) - (run.m[0] * p.s[2 * r] +
				    run.m[1] * p.s[2 * r + 1]);
			}
		}
	}
}

#endif

void
jk_dot8(uint32_t stored, const void *w, size_t row_bytes, const void *x,
    size_t x_bytes, uint32_t m, size_t k, uint32_t n_rows,
    float (*out)[JK_DOT_ROWS])
{
	switch (stored) {
#define CASE(type) \
	case type: \
		dot(type, w, row_bytes, x, x_bytes, m, k, n_rows, out); \
		break;
	CASE(JK_Q8_0)
	CASE(JK_Q4_0)
	CASE(JK_Q4_1)
	CASE(JK_Q5_0)
	CASE(JK_Q5_1)
	CASE(JK_Q4_K)
	CASE(JK_Q5_K)
	CASE(JK_Q6_K)
#undef CASE
	}
}
