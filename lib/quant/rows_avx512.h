#ifndef JK_QUANT_ROWS_AVX512_H
#define JK_QUANT_ROWS_AVX512_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Conversions for x86-64 processors with AVX-512 and its bf16 instructions.
 * The values are those of the plain ones (quant/rows.c), but that numbers
 * below 2^-126 become zero in bf16.
 */
bool jk_x86_has_avx512_bf16(void);

void jk_x86_to_bf16(const float *from, uint16_t *to, size_t n);

/* Rows of blocks (quant/block_avx512.h); false, and nothing done: another type. */
bool jk_x86_blocks_to_bf16(uint32_t stored, const void *from, uint16_t *to,
    size_t n);
bool jk_x86_blocks_to_f32(uint32_t stored, const void *from, float *to,
    size_t n);

/* The same for AVX2; false on processors without it too. */
bool jk_avx2_blocks_to_f32(uint32_t stored, const void *from, float *to,
    size_t n);

#endif
