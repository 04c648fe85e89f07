#ifndef JK_CPU_AMX_TILE_H
#define JK_CPU_AMX_TILE_H

#include "cpu/vec.h"

/*
 * AMX tiles of bf16: 16 rows of 64 bytes, which are 32 inputs in the first factor,
 * 16 pairs of inputs in the second, 16 sums in the product.
 */
enum { JK_AMX_ROW = 32, JK_AMX_TILE = 16 * JK_AMX_ROW };

struct jk_amx_config {
	uint8_t palette, start_row, reserved[14];
	uint16_t row_bytes[16];
	uint8_t rows[16];
};

/* Eight whole tiles. */
static const struct jk_amx_config jk_amx_whole = { .palette = 1,
	.row_bytes = { 64, 64, 64, 64, 64, 64, 64, 64 },
	.rows = { 16, 16, 16, 16, 16, 16, 16, 16 } };

/* Before tiles are loaded: the intrinsics do not say that they read memory. */
#define JK_AMX_WRITTEN() __asm__ volatile("" ::: "memory")

/* 16 columns of two rows as pairs, those of a in the low halves. */
JK_INLINE jk_vec_u32
jk_amx_pair_rows(const uint16_t *a, const uint16_t *b)
{
	jk_vec_u16 av, bv;

	memcpy(&av, a, sizeof av);
	memcpy(&bv, b, sizeof bv);
	return __builtin_convertvector(av, jk_vec_u32) |
	    __builtin_convertvector(bv, jk_vec_u32) << 16;
}

/*
 * Up to 16 rows [n_rows, k] as second factors, `step` elements apart, zeros for
 * rows that are not there.
 */
JK_INLINE void
jk_amx_pack(const uint16_t *rows, size_t ld, uint32_t n_rows, size_t k,
    uint16_t *to, size_t step)
{
	size_t l;
	uint32_t r;

	for (l = 0; l < k; l += JK_AMX_ROW, to += step) {
		jk_vec v[16] = { { 0 } };

		/* moved only: a float is any pair of numbers */
		for (r = 0; r < n_rows; r++)
			v[r] = jk_vec_load(rows + r * ld + l, 0, JK_F32);
		jk_vec_transpose(v);
		for (r = 0; r < 16; r++)
			jk_vec_store(to + r * JK_AMX_ROW, 0, JK_F32, v[r]);
	}
}

#endif
