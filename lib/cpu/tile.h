#ifndef JK_CPU_TILE_H
#define JK_CPU_TILE_H

#include <stdbool.h>
#include <stdint.h>

#include "isa/isa.h"

#define jk_tile_gemm JK_ISA_NAME(jk_tile_gemm)
#define jk_tile_load JK_ISA_NAME(jk_tile_load)
#define jk_tile_load_transposed JK_ISA_NAME(jk_tile_load_transposed)
#define jk_tile_store JK_ISA_NAME(jk_tile_store)

/*
 * A small matrix product in f32, for tiles that lie in the cache:
 *	c[i * ldc + j] = sum_l a[i * row + l * column] * b[l * ldb + j]
 * for i < m, j < n, l < k; added to c with `accumulate`.  n is a multiple of
 * 16.  The sum over l goes upwards, whatever m and n are.
 */
void jk_tile_gemm(uint32_t m, uint32_t n, uint32_t k, const float *a,
    uint32_t row, uint32_t column, const float *b, uint32_t ldb, float *c,
    uint32_t ldc, bool accumulate);

/*
 * Rows of n elements (type, ldx apart) as f32, ldy apart, padded with zeros to
 * ldy; and transposed: y[i * ldy + t], padded to ldy columns, a multiple of 16.
 */
void jk_tile_load(const void *x, uint32_t type, uint32_t ldx, uint32_t n_rows,
    uint32_t n, float *y, uint32_t ldy);
void jk_tile_load_transposed(const void *x, uint32_t type, uint32_t ldx,
    uint32_t n_rows, uint32_t n, float *y, uint32_t ldy);

/* y[i] = x[i] * scale, n elements of type. */
void jk_tile_store(const float *x, uint32_t n, float scale, void *y,
    uint32_t type);

#endif
