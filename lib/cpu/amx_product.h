#ifndef JK_CPU_AMX_PRODUCT_H
#define JK_CPU_AMX_PRODUCT_H

#include "cpu/amx_tile.h"
#include "isa/isa.h"

#ifdef __AMX_BF16__

/*
 * Small products in AMX tiles, of factors that lie in the cache:
 *
 *	c[i, j] (+)= sum_l a[i, l] * b[l, j]	i < m, j < n, l < k
 *
 * a [m, k] bf16, rows lda apart, readable to the next multiple of 16 rows; b in
 * tiles of 32 inputs by 16 columns, pairs of inputs in a column (cpu/amx.h): tile
 * [l / 32][j / 16], ldb tiles apart; c [m, n] f32, rows ldc apart.  n is a multiple
 * of 16, k of 32.  The unit has been told of jk_amx_whole.
 */
struct jk_amx_product {
	uint32_t m, n, k;
	const uint16_t *a;
	uint32_t lda;
	const uint16_t *b;
	uint32_t ldb;
	float *c;
	uint32_t ldc;
	bool accumulate;
};

#define jk_amx_multiply JK_ISA_NAME(jk_amx_multiply)
#define jk_amx_pack_rows JK_ISA_NAME(jk_amx_pack_rows)
#define jk_amx_pack_columns JK_ISA_NAME(jk_amx_pack_columns)
#define jk_amx_transpose JK_ISA_NAME(jk_amx_transpose)

void jk_amx_multiply(const struct jk_amx_product *p);

/*
 * Rows [n, k] of bf16 as a second factor: b[l, j] = rows[j, l], n / 16 tiles a
 * step; n is a multiple of 16, k of 32.
 */
void jk_amx_pack_rows(const uint16_t *rows, uint32_t n, uint32_t k,
    uint16_t *to);
/* Rows [k, n] as a second factor: b[l, j] = rows[l, j]. */
void jk_amx_pack_columns(const uint16_t *rows, uint32_t k, uint32_t n,
    uint16_t *to);
/* to[j, i] = rows[i, j] for rows [n, k], both multiples of 32; ldt numbers apart. */
void jk_amx_transpose(const uint16_t *rows, uint32_t n, uint32_t k,
    uint16_t *to, uint32_t ldt);

/* Rows of f32 as pairs of bf16: a in the low halves. */
JK_INLINE jk_vec_u32
jk_amx_pairs(jk_vec a, jk_vec b)
{
	return __builtin_convertvector(jk_vec_to_bf16(a), jk_vec_u32) |
	    __builtin_convertvector(jk_vec_to_bf16(b), jk_vec_u32) << 16;
}

#endif

#endif
