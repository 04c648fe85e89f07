#include "cpu/tile.h"

#include "cpu/vec.h"

/* The largest tile of sums that the registers hold, in rows and vectors. */
#if JK_VEC_BYTES == 64
enum { ROWS = 4, VECTORS = 4 };
#else
enum { ROWS = 6, VECTORS = 2 };
#endif

/* `rows` rows and `vectors` vectors of columns, both constant. */
JK_INLINE void
block(uint32_t rows, uint32_t vectors, uint32_t k, const float *a,
    uint32_t row, uint32_t column, const float *b, uint32_t ldb, float *c,
    uint32_t ldc, bool accumulate)
{
	jk_vec acc[ROWS][VECTORS] = { { { 0 } } };
	uint32_t i, v, l;

	if (accumulate)
		for (i = 0; i < rows; i++)
			for (v = 0; v < vectors; v++)
				acc[i][v] = jk_vec_load(c + (size_t)i * ldc,
				    v * JK_LANES, JK_F32);
	for (l = 0; l < k; l++) {
		jk_vec bv[VECTORS];

#pragma GCC unroll 4
		for (v = 0; v < vectors; v++)
			bv[v] = jk_vec_load(b + (size_t)l * ldb, v * JK_LANES,
			    JK_F32);
#pragma GCC unroll 8
		for (i = 0; i < rows; i++) {
			float x = a[(size_t)i * row + (size_t)l * column];

#pragma GCC unroll 4
			for (v = 0; v < vectors; v++)
				acc[i][v] += bv[v] * x;
		}
	}
	for (i = 0; i < rows; i++)
		for (v = 0; v < vectors; v++)
			jk_vec_store(c + (size_t)i * ldc, v * JK_LANES,
			    JK_F32, acc[i][v]);
}

/* All rows of `vectors` vectors of columns. */
JK_INLINE void
panel(uint32_t vectors, uint32_t m, uint32_t k, const float *a, uint32_t row,
    uint32_t column, const float *b, uint32_t ldb, float *c, uint32_t ldc,
    bool accumulate)
{
	uint32_t i, rows;

#define BLOCK(n) \
	block(n, vectors, k, a + (size_t)i * row, row, column, b, ldb, \
	    c + (size_t)i * ldc, ldc, accumulate)
	for (i = 0; i < m; i += rows) {
		rows = m - i >= ROWS ? ROWS : m - i >= 4 ? 4 :
		    m - i >= 2 ? 2 : 1;
		if (rows == ROWS)
			BLOCK(ROWS);
		else if (rows == 4)
			BLOCK(4);
		else if (rows == 2)
			BLOCK(2);
		else
			BLOCK(1);
	}
#undef BLOCK
}

void
jk_tile_gemm(uint32_t m, uint32_t n, uint32_t k, const float *a,
    uint32_t row, uint32_t column, const float *b, uint32_t ldb, float *c,
    uint32_t ldc, bool accumulate)
{
	uint32_t j, left, vectors;

	for (j = 0; j < n; j += vectors * JK_LANES) {
		left = (n - j) / JK_LANES;
		vectors = left < VECTORS ? left : VECTORS;
#define PANEL(n) \
	panel(n, m, k, a, row, column, b + j, ldb, c + j, ldc, accumulate)
		if (vectors == VECTORS)
			PANEL(VECTORS);
#if JK_VEC_BYTES == 64
		else if (vectors == 3)
			PANEL(3);
		else if (vectors == 2)
			PANEL(2);
#endif
		else
			PANEL(1);
#undef PANEL
	}
}

void
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

JK_INLINE void
transposed_typed(const void *x, uint32_t type, uint32_t ldx, uint32_t n_rows,
    uint32_t n, float *y, uint32_t ldy)
{
	uint32_t t, i, r;

	for (t = 0; t < ldy; t += JK_LANES)
		for (i = 0; i < n; i += JK_LANES) {
			uint32_t width = n - i < JK_LANES ? n - i : JK_LANES;
			jk_vec rows[JK_LANES] = { { 0 } };

			for (r = 0; r < JK_LANES && t + r < n_rows; r++) {
				size_t at = (size_t)(t + r) * ldx + i;

				rows[r] = jk_vec_load_some(x, at, width, type);
			}
			jk_vec_transpose(rows);
			for (r = 0; r < width; r++)
				jk_vec_store(y, (size_t)(i + r) * ldy + t,
				    JK_F32, rows[r]);
		}
}

void
jk_tile_load_transposed(const void *x, uint32_t type, uint32_t ldx,
    uint32_t n_rows, uint32_t n, float *y, uint32_t ldy)
{
	if (type == JK_BF16)
		transposed_typed(x, JK_BF16, ldx, n_rows, n, y, ldy);
	else
		transposed_typed(x, JK_F32, ldx, n_rows, n, y, ldy);
}

void
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
