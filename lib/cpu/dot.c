#include "cpu/dot.h"

#include "cpu/vec.h"

/*
 * JK_LANES sums at a time stay in registers, TILE rows of x by 4 of w, and
 * become numbers together.
 */
enum { TILE = JK_LANES / 4 };

/* `rows` rows of x, constant, and 4 of w: sums[i * 4 + j] in lanes. */
JK_INLINE void
tile_f32(uint32_t rows, const float *w, size_t ldw, const float *x,
    size_t ldx, size_t n, jk_vec *sums)
{
	jk_vec acc[TILE * 4] = { { 0 } }, wv[4], xv;
	uint32_t i, j;
	size_t k;

	for (k = 0; k < n; k += JK_LANES) {
#pragma GCC unroll 4
		for (j = 0; j < 4; j++)
			wv[j] = jk_vec_load(w + j * ldw, k, JK_F32);
#pragma GCC unroll 4
		for (i = 0; i < rows; i++) {
			xv = jk_vec_load(x + i * ldx, k, JK_F32);
#pragma GCC unroll 4
			for (j = 0; j < 4; j++)
				acc[i * 4 + j] += xv * wv[j];
		}
	}
#pragma GCC unroll 16
	for (i = 0; i < rows * 4; i++)
		sums[i] = acc[i];
}

#ifdef __AVX512BF16__
JK_INLINE void
tile_bf16(uint32_t rows, const uint16_t *w, size_t ldw, const uint16_t *x,
    size_t ldx, size_t n, jk_vec *sums)
{
	__m512 acc[TILE * 4];
	__m512bh wv[4], xv;
	uint32_t i, j;
	size_t k;

#pragma GCC unroll 16
	for (i = 0; i < rows * 4; i++)
		acc[i] = _mm512_setzero_ps();
	for (k = 0; k < n; k += 2 * JK_LANES) {
#pragma GCC unroll 4
		for (j = 0; j < 4; j++)
			wv[j] = (__m512bh)_mm512_loadu_si512(w + j * ldw + k);
#pragma GCC unroll 4
		for (i = 0; i < rows; i++) {
			xv = (__m512bh)_mm512_loadu_si512(x + i * ldx + k);
#pragma GCC unroll 4
			for (j = 0; j < 4; j++)
				acc[i * 4 + j] = _mm512_dpbf16_ps(
				    acc[i * 4 + j], xv, wv[j]);
		}
	}
#pragma GCC unroll 16
	for (i = 0; i < rows * 4; i++)
		sums[i] = (jk_vec)acc[i];
}
#endif

/* All rows of x with the 16 of w. */
#define DOT(type, element) \
void \
jk_dot_##type(const element *w, size_t ldw, const element *x, size_t ldx, \
    uint32_t m, size_t k, float (*out)[JK_DOT_ROWS]) \
{ \
	jk_vec part[JK_DOT_ROWS]; \
	float sums[JK_LANES]; \
	uint32_t i, j, r; \
\
	for (i = 0; TILE > 1 && i + TILE <= m; i += TILE) \
		for (j = 0; j < JK_DOT_ROWS; j += 4) { \
			tile_##type(TILE, w + j * ldw, ldw, x + i * ldx, ldx, \
			    k, part); \
			jk_vec_store(sums, 0, JK_F32, jk_vec_sums(part)); \
			for (r = 0; r < TILE; r++) \
				memcpy(&out[i + r][j], sums + 4 * r, \
				    4 * sizeof *sums); \
		} \
	for (; i < m; i++) { \
		for (j = 0; j < JK_DOT_ROWS; j += 4) \
			tile_##type(1, w + j * ldw, ldw, x + i * ldx, ldx, k, \
			    part + j); \
		for (j = 0; j < JK_DOT_ROWS; j += JK_LANES) \
			jk_vec_store(out[i], j, JK_F32, \
			    jk_vec_sums(part + j)); \
	} \
}

DOT(f32, float)
#ifdef __AVX512BF16__
DOT(bf16, uint16_t)
#endif
