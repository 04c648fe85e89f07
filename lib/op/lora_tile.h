#ifndef JK_OP_LORA_TILE_H
#define JK_OP_LORA_TILE_H

#include "op/vec.h"

/*
 * The register tiles of the LoRA operations on the host.  A rank is cut into
 * blocks of 8, 4 and 1, each a constant after inlining.  Every sum has one
 * order, whatever the number of threads or of rows.
 */

/* Size of the rank block that begins with `left` ranks to go. */
JK_INLINE uint32_t
jk_rank_block(uint32_t left)
{
	return left >= 8 ? 8 : left >= 4 ? 4 : 1;
}

/* Bits of features k … k+15 of one row of a mask; all ones without one. */
JK_INLINE uint32_t
jk_mask_bits(const uint32_t *mask, uint32_t k)
{
	return mask[k / 32] >> (k % 32);
}

/*
 * out[i * ldo + r] = scale * sum_k mask[i, k] * x[i, k] * c[r * n + k] for
 * i < n_rows <= 16 / rb, r < rb: 16 dot products at once.
 */
JK_INLINE void
jk_lora_dot(const void *const *x, const uint32_t *const *mask, uint32_t type,
    const float *c, uint32_t n, uint32_t rb, uint32_t n_rows, float scale,
    float *out, uint32_t ldo)
{
	const uint32_t rows = JK_LANES / rb;
	jk_v16 acc[JK_LANES] = { 0 }, v, sums;
	uint32_t k, i, r;
	float s[JK_LANES];

	for (k = 0; k + JK_LANES <= n; k += JK_LANES) {
#pragma GCC unroll 16
		for (i = 0; i < rows; i++) {
			v = jk_v16_load(x[i], k, type);
			if (mask)
				v = jk_v16_keep(v, jk_mask_bits(mask[i], k));
#pragma GCC unroll 16
			for (r = 0; r < rb; r++)
				acc[i * rb + r] += v * jk_v16_load(c +
				    (size_t)r * n, k, JK_F32);
		}
	}
	if (k < n) {
		for (i = 0; i < rows; i++) {
			v = jk_v16_load_n(x[i], k, n - k, type);
			if (mask)
				v = jk_v16_keep(v, jk_mask_bits(mask[i], k));
			for (r = 0; r < rb; r++)
				acc[i * rb + r] += v * jk_v16_load_n(c +
				    (size_t)r * n, k, n - k, JK_F32);
		}
	}
	sums = jk_v16_sums(acc) * scale;
	memcpy(s, &sums, sizeof s);
	for (i = 0; i < n_rows; i++)
		for (r = 0; r < rb; r++)
			out[(size_t)i * ldo + r] = s[i * rb + r];
}

/*
 * acc[i][j] += sum_r z[i * ldz + r] * c[r * n + k + 16 j] for i < 4, j < 2 and
 * r < rank; `width` columns (32, or fewer at the end) count.
 */
JK_INLINE void
jk_lora_update(const float *const *z, const float *c, uint32_t n, uint32_t k,
    uint32_t width, uint32_t rank, jk_v16 acc[4][2])
{
	jk_v16 c0, c1;
	uint32_t r, i;

	for (r = 0; r < rank; r++) {
		const float *row = c + (size_t)r * n + k;

		if (width == 2 * JK_LANES) {
			c0 = jk_v16_load(row, 0, JK_F32);
			c1 = jk_v16_load(row, JK_LANES, JK_F32);
		} else {
			c0 = jk_v16_load_n(row, 0, width, JK_F32);
			c1 = jk_v16_load_n(row, JK_LANES, width > JK_LANES ?
			    width - JK_LANES : 0, JK_F32);
		}
#pragma GCC unroll 4
		for (i = 0; i < 4; i++) {
			acc[i][0] += c0 * z[i][r];
			acc[i][1] += c1 * z[i][r];
		}
	}
}

/*
 * out[r * n + k + j] += scale * sum_t z[t * ldz + r] * mask[t, k + j] *
 * x[t * ldx + k + j] for r < rb, j < width <= 32, t < n_rows.  A mask's row has
 * n_words words.
 */
JK_INLINE void
jk_lora_outer(const void *x, uint32_t ldx, uint32_t type, const uint32_t *mask,
    uint32_t n_words, const float *z, uint32_t ldz, uint32_t n_rows, uint32_t n,
    uint32_t k, uint32_t width, uint32_t rb, float scale, float *out)
{
	jk_v16 acc[8][2] = { { { 0 } } }, x0, x1;
	uint32_t t, r;

	for (t = 0; t < n_rows; t++) {
		if (width == 2 * JK_LANES) {
			x0 = jk_v16_load(x, (size_t)t * ldx + k, type);
			x1 = jk_v16_load(x, (size_t)t * ldx + k + JK_LANES,
			    type);
		} else {
			x0 = jk_v16_load_n(x, (size_t)t * ldx + k, width, type);
			x1 = jk_v16_load_n(x, (size_t)t * ldx + k + JK_LANES,
			    width > JK_LANES ? width - JK_LANES : 0, type);
		}
		if (mask) {
			uint32_t bits = mask[(size_t)t * n_words + k / 32];

			x0 = jk_v16_keep(x0, bits);
			x1 = jk_v16_keep(x1, bits >> 16);
		}
#pragma GCC unroll 8
		for (r = 0; r < rb; r++) {
			acc[r][0] += x0 * z[(size_t)t * ldz + r];
			acc[r][1] += x1 * z[(size_t)t * ldz + r];
		}
	}
	for (r = 0; r < rb; r++) {
		float *row = out + (size_t)r * n + k, sum[2 * JK_LANES];
		uint32_t j;

		jk_v16_store(sum, 0, JK_F32, acc[r][0] * scale);
		jk_v16_store(sum, JK_LANES, JK_F32, acc[r][1] * scale);
		for (j = 0; j < width; j++)
			row[j] += sum[j];
	}
}

/* The transpose [rank, n] of b [n, rank]. */
JK_INLINE void
jk_lora_transpose(const float *b, uint32_t n, uint32_t rank, float *out)
{
	uint32_t i, r;

	for (r = 0; r < rank; r++)
		for (i = 0; i < n; i++)
			out[(size_t)r * n + i] = b[(size_t)i * rank + r];
}

#endif
