#include "op/tile.h"

#include "op/vec.h"

/* `rows` rows and `vectors` times 16 columns, both constant. */
JK_INLINE void
block(uint32_t rows, uint32_t vectors, uint32_t k, const float *a,
    uint32_t row, uint32_t column, const float *b, uint32_t ldb, float *c,
    uint32_t ldc, bool accumulate)
{
	jk_v16 acc[4][4] = { { { 0 } } };
	uint32_t i, v, l;

	if (accumulate)
		for (i = 0; i < rows; i++)
			for (v = 0; v < vectors; v++)
				acc[i][v] = jk_v16_load(c + (size_t)i * ldc,
				    v * JK_LANES, JK_F32);
	for (l = 0; l < k; l++) {
		jk_v16 bv[4];

#pragma GCC unroll 4
		for (v = 0; v < vectors; v++)
			bv[v] = jk_v16_load(b + (size_t)l * ldb, v * JK_LANES,
			    JK_F32);
#pragma GCC unroll 4
		for (i = 0; i < rows; i++) {
			float x = a[(size_t)i * row + (size_t)l * column];

#pragma GCC unroll 4
			for (v = 0; v < vectors; v++)
				acc[i][v] += bv[v] * x;
		}
	}
	for (i = 0; i < rows; i++)
		for (v = 0; v < vectors; v++)
			jk_v16_store(c + (size_t)i * ldc, v * JK_LANES,
			    JK_F32, acc[i][v]);
}

JK_CLONES void
jk_tile_gemm(uint32_t m, uint32_t n, uint32_t k, const float *a,
    uint32_t row, uint32_t column, const float *b, uint32_t ldb, float *c,
    uint32_t ldc, bool accumulate)
{
	uint32_t i, j, rows, vectors;

	for (j = 0; j < n; j += vectors * JK_LANES) {
		vectors = (n - j) / JK_LANES;
		if (vectors > 4)
			vectors = 4;
		for (i = 0; i < m; i += rows) {
			rows = m - i >= 4 ? 4 : 1;
#define BLOCK(ROWS, VECTORS) \
	block(ROWS, VECTORS, k, a + (size_t)i * row, row, column, b + j, ldb, \
	    c + (size_t)i * ldc + j, ldc, accumulate)
			switch (rows * 4 + vectors - 1) {
			case 19: BLOCK(4, 4); break;
			case 18: BLOCK(4, 3); break;
			case 17: BLOCK(4, 2); break;
			case 16: BLOCK(4, 1); break;
			case 7: BLOCK(1, 4); break;
			case 6: BLOCK(1, 3); break;
			case 5: BLOCK(1, 2); break;
			default: BLOCK(1, 1); break;
			}
#undef BLOCK
		}
	}
}

JK_CLONES void
jk_tile_load(const void *x, uint32_t type, uint32_t ldx, uint32_t n_rows,
    uint32_t n, float *y, uint32_t ldy)
{
	uint32_t t, i;

	for (t = 0; t < n_rows; t++) {
		float *to = y + (size_t)t * ldy;

		if (type == JK_BF16)
			for (i = 0; i < n; i++)
				to[i] = jk_load(x, (size_t)t * ldx + i,
				    JK_BF16);
		else
			memcpy(to, (const float *)x + (size_t)t * ldx,
			    n * sizeof *to);
		for (i = n; i < ldy; i++)
			to[i] = 0;
	}
}

/* Lanes of two rows that change places with those `distance` away. */
#define LOW8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define EXCHANGE(distance) \
	for (i = 0; i < JK_LANES; i++) \
		if (!(i & (distance))) { \
			jk_v16 a = r[i], b = r[i + (distance)]; \
			r[i] = SHUFFLE(a, b, LOW##distance); \
			r[i + (distance)] = SHUFFLE(a, b, HIGH##distance); \
		}
#define SHUFFLE(...) __builtin_shufflevector(__VA_ARGS__)

/* 16 x 16 numbers in registers. */
JK_INLINE void
transpose(jk_v16 r[JK_LANES])
{
	int i;

#pragma GCC unroll 16
	EXCHANGE(8)
#pragma GCC unroll 16
	EXCHANGE(4)
#pragma GCC unroll 16
	EXCHANGE(2)
#pragma GCC unroll 16
	EXCHANGE(1)
}

JK_INLINE void
transposed_typed(const void *x, uint32_t type, uint32_t ldx, uint32_t n_rows,
    uint32_t n, float *y, uint32_t ldy)
{
	uint32_t t, i, r;

	for (t = 0; t < ldy; t += JK_LANES)
		for (i = 0; i < n; i += JK_LANES) {
			uint32_t width = n - i < JK_LANES ? n - i : JK_LANES;
			jk_v16 rows[JK_LANES] = { { 0 } };

			for (r = 0; r < JK_LANES && t + r < n_rows; r++) {
				size_t at = (size_t)(t + r) * ldx + i;

				rows[r] = width == JK_LANES ?
				    jk_v16_load(x, at, type) :
				    jk_v16_load_n(x, at, width, type);
			}
			transpose(rows);
			for (r = 0; r < width; r++)
				jk_v16_store(y, (size_t)(i + r) * ldy + t,
				    JK_F32, rows[r]);
		}
}

JK_CLONES void
jk_tile_load_transposed(const void *x, uint32_t type, uint32_t ldx,
    uint32_t n_rows, uint32_t n, float *y, uint32_t ldy)
{
	if (type == JK_BF16)
		transposed_typed(x, JK_BF16, ldx, n_rows, n, y, ldy);
	else
		transposed_typed(x, JK_F32, ldx, n_rows, n, y, ldy);
}

JK_CLONES void
jk_tile_store(const float *x, uint32_t n, float scale, void *y, uint32_t type)
{
	uint32_t i;

	if (type == JK_BF16)
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_BF16, x[i] * scale);
	else
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_F32, x[i] * scale);
}
