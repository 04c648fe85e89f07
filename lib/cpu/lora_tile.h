#ifndef JK_CPU_LORA_TILE_H
#define JK_CPU_LORA_TILE_H

#include "cpu/vec.h"

/*
 * The register tiles of the LoRA operations on the host.  A rank is cut into
 * blocks of 8, 4 and 1, each a constant after inlining.  Every sum has one
 * order, whatever the number of threads or of rows.
 */

/*
 * Columns that jk_lora_update and jk_lora_outer do at once: sums of 4 or 8 rows
 * of them fit the registers, 32 or 16.
 */
enum {
	JK_UPDATE_COLUMNS = 2 * JK_LANES,
	JK_OUTER_VECTORS = JK_LANES == 16 ? 2 : 1,
	JK_OUTER_COLUMNS = JK_OUTER_VECTORS * JK_LANES,
};

/* Size of the rank block that begins with `left` ranks to go. */
JK_INLINE uint32_t
jk_rank_block(uint32_t left)
{
	return left >= 8 && JK_LANES >= 8 ? 8 : left >= 4 ? 4 : 1;
}

/* Bits of features k … k + JK_LANES - 1 of one row of a mask. */
JK_INLINE uint32_t
jk_mask_bits(const uint32_t *mask, uint32_t k)
{
	return mask[k / 32] >> (k % 32);
}

/*
 * out[i * ldo + r] = scale * sum_k mask[i, k] * x[i, k] * c[r * n + k] for
 * i < n_rows <= JK_LANES / rb, r < rb: JK_LANES dot products at once.
 */
JK_INLINE void
jk_lora_dot(const void *const *x, const uint32_t *const *mask, uint32_t type,
    const float *c, uint32_t n, uint32_t rb, uint32_t n_rows, float scale,
    float *out, uint32_t ldo)
{
	const uint32_t rows = JK_LANES / rb;
	jk_vec acc[JK_LANES] = { 0 }, v, sums;
	uint32_t k, i, r;
	float s[JK_LANES];

	for (k = 0; k + JK_LANES <= n; k += JK_LANES) {
#pragma GCC unroll 16
		for (i = 0; i < rows; i++) {
			v = jk_vec_load(x[i], k, type);
			if (mask)
				v = jk_vec_keep(v, jk_mask_bits(mask[i], k));
#pragma GCC unroll 16
			for (r = 0; r < rb; r++)
				acc[i * rb + r] += v * jk_vec_load(c +
				    (size_t)r * n, k, JK_F32);
		}
	}
	if (k < n) {
		for (i = 0; i < rows; i++) {
			v = jk_vec_load_n(x[i], k, n - k, type);
			if (mask)
				v = jk_vec_keep(v, jk_mask_bits(mask[i], k));
			for (r = 0; r < rb; r++)
				acc[i * rb + r] += v * jk_vec_load_n(c +
				    (size_t)r * n, k, n - k, JK_F32);
		}
	}
	sums = jk_vec_sums(acc) * scale;
	memcpy(s, &sums, sizeof s);
	for (i = 0; i < n_rows; i++)
		for (r = 0; r < rb; r++)
			out[(size_t)i * ldo + r] = s[i * rb + r];
}

/*
 * acc[i][j] += sum_r z[i][r] * c[r * n + k + JK_LANES j] for i < 4, j < 2 and
 * r < rank; `width` columns (all, or fewer at the end) count.
 */
JK_INLINE void
jk_lora_update(const float *const *z, const float *c, uint32_t n, uint32_t k,
    uint32_t width, uint32_t rank, jk_vec acc[4][2])
{
	jk_vec c0, c1;
	uint32_t r, i;

	for (r = 0; r < rank; r++) {
		const float *row = c + (size_t)r * n + k;

		if (width == JK_UPDATE_COLUMNS) {
			c0 = jk_vec_load(row, 0, JK_F32);
			c1 = jk_vec_load(row, JK_LANES, JK_F32);
		} else {
			c0 = jk_vec_load_n(row, 0, width, JK_F32);
			c1 = jk_vec_load_n(row, JK_LANES, width > JK_LANES ?
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
 * x[t * ldx + k + j] for r < rb, j < width <= JK_OUTER_COLUMNS, t < n_rows.  A
 * mask's row has n_words words.
 */
JK_INLINE void
jk_lora_outer(const void *x, uint32_t ldx, uint32_t type, const uint32_t *mask,
    uint32_t n_words, const float *z, uint32_t ldz, uint32_t n_rows, uint32_t n,
    uint32_t k, uint32_t width, uint32_t rb, float scale, float *out)
{
	jk_vec acc[8][JK_OUTER_VECTORS] = { { { 0 } } };
	jk_vec xv[JK_OUTER_VECTORS];
	uint32_t t, r, j;

	for (t = 0; t < n_rows; t++) {
		size_t at = (size_t)t * ldx + k;

#pragma GCC unroll 2
		for (j = 0; j < JK_OUTER_VECTORS; j++) {
			uint32_t begin = j * JK_LANES;

			if (width == JK_OUTER_COLUMNS)
				xv[j] = jk_vec_load(x, at + begin, type);
			else
				xv[j] = jk_vec_load_n(x, at + begin,
				    width > begin ? width - begin : 0, type);
			if (mask)
				xv[j] = jk_vec_keep(xv[j], jk_mask_bits(mask +
				    (size_t)t * n_words, k + begin));
		}
#pragma GCC unroll 8
		for (r = 0; r < rb; r++)
#pragma GCC unroll 2
			for (j = 0; j < JK_OUTER_VECTORS; j++)
				acc[r][j] += xv[j] * z[(size_t)t * ldz + r];
	}
	for (r = 0; r < rb; r++) {
		float *row = out + (size_t)r * n + k, sum[JK_OUTER_COLUMNS];

		for (j = 0; j < JK_OUTER_VECTORS; j++)
			jk_vec_store(sum, j * JK_LANES, JK_F32,
			    acc[r][j] * scale);
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
