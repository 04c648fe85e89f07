#include "cpu/amx_product.h"

#ifdef __AMX_BF16__

/* Up to 32 rows by 32 columns: four tiles of sums, two of each factor. */
JK_INLINE void
block(bool two_rows, bool two_columns, const struct jk_amx_product *p,
    const uint16_t *a, const uint16_t *b, float *c, size_t ldc, bool accumulate)
{
	const size_t lda_bytes = 2 * (size_t)p->lda, ldc_bytes = 4 * ldc;
	uint32_t l;

#define ALL(DO) \
	DO(0, c) \
	if (two_columns) \
		DO(1, c + 16) \
	if (two_rows) \
		DO(2, c + 16 * ldc) \
	if (two_rows && two_columns) \
		DO(3, c + 16 * ldc + 16)
#define LOAD(tile, at) { _tile_loadd(tile, at, ldc_bytes); }
#define ZERO(tile, at) { _tile_zero(tile); }
#define STORE(tile, at) { _tile_stored(tile, at, ldc_bytes); }
	JK_AMX_WRITTEN();
	if (accumulate) {
		ALL(LOAD)
	} else {
		ALL(ZERO)
	}
	for (l = 0; l < p->k; l += JK_AMX_ROW) {
		_tile_loadd(4, a + l, lda_bytes);
		_tile_loadd(6, b, 64);
		_tile_dpbf16ps(0, 4, 6);
		if (two_columns) {
			_tile_loadd(7, b + JK_AMX_TILE, 64);
			_tile_dpbf16ps(1, 4, 7);
		}
		if (two_rows) {
			_tile_loadd(5, a + l + 16 * (size_t)p->lda, lda_bytes);
			_tile_dpbf16ps(2, 5, 6);
			if (two_columns)
				_tile_dpbf16ps(3, 5, 7);
		}
		b += (size_t)p->ldb * JK_AMX_TILE;
	}
	ALL(STORE)
	JK_AMX_WRITTEN();
#undef STORE
#undef ZERO
#undef LOAD
#undef ALL
}

static void
whole(const struct jk_amx_product *p, uint32_t rows, uint32_t columns,
    const uint16_t *a, const uint16_t *b, float *c, size_t ldc, bool accumulate)
{
	if (rows > 16 && columns > 16)
		block(true, true, p, a, b, c, ldc, accumulate);
	else if (rows > 16)
		block(true, false, p, a, b, c, ldc, accumulate);
	else if (columns > 16)
		block(false, true, p, a, b, c, ldc, accumulate);
	else
		block(false, false, p, a, b, c, ldc, accumulate);
}

void
jk_amx_multiply(const struct jk_amx_product *p)
{
	uint32_t i, j, r;

	for (i = 0; i < p->m; i += 32)
		for (j = 0; j < p->n; j += 32) {
			const uint32_t rows = p->m - i < 32 ? p->m - i : 32;
			const uint32_t columns = p->n - j < 32 ? p->n - j : 32;
			const uint16_t *a = p->a + (size_t)i * p->lda;
			const uint16_t *b = p->b + j / 16 * JK_AMX_TILE;
			float *c = p->c + (size_t)i * p->ldc + j;
			_Alignas(64) float sums[32 * 32];

			if (rows % 16 == 0) {
				whole(p, rows, columns, a, b, c, p->ldc,
				    p->accumulate);
				continue;
			}
			/* behind the last row there may be somebody's */
			whole(p, rows, columns, a, b, sums, 32, false);
			for (r = 0; r < rows; r++)
				jk_put_sums(sums + r * 32, columns,
				    c + (size_t)r * p->ldc, JK_F32,
				    p->accumulate);
		}
}

void
jk_amx_pack_rows(const uint16_t *rows, uint32_t n, uint32_t k, uint16_t *to)
{
	uint32_t j;

	for (j = 0; j < n; j += 16)
		jk_amx_pack(rows + (size_t)j * k, k, 16, k, to + j / 16 *
		    JK_AMX_TILE, n / 16 * JK_AMX_TILE);
}

void
jk_amx_pack_columns(const uint16_t *rows, uint32_t k, uint32_t n, uint16_t *to)
{
	uint32_t l, j;

	for (l = 0; l < k; l += 2)
		for (j = 0; j < n; j += 16) {
			const uint16_t *at = rows + (size_t)l * n + j;
			const jk_vec_u32 v = jk_amx_pair_rows(at, at + n);

			memcpy(to + ((size_t)l / 32 * (n / 16) + j / 16) *
			    JK_AMX_TILE + l % 32 / 2 * JK_AMX_ROW, &v,
			    sizeof v);
		}
}

void
jk_amx_transpose(const uint16_t *rows, uint32_t n, uint32_t k, uint16_t *to,
    uint32_t ldt)
{
	uint32_t i, j, r;

	for (i = 0; i < n; i += 32)
		for (j = 0; j < k; j += 16) {
			const uint16_t *at = rows + (size_t)i * k + j;
			jk_vec v[16];

			/* moved only: a float is any pair of numbers */
			for (r = 0; r < 16; r++, at += 2 * (size_t)k)
				v[r] = (jk_vec)jk_amx_pair_rows(at, at + k);
			jk_vec_transpose(v);
			for (r = 0; r < 16; r++)
				memcpy(to + (size_t)(j + r) * ldt + i, &v[r],
				    sizeof v[r]);
		}
}

#endif
