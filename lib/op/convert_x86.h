#ifndef JK_OP_CONVERT_X86_H
#define JK_OP_CONVERT_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Conversions for x86-64 processors with AVX-512 and its bf16 instructions.
 * The values are those of the plain ones (op/convert.c), but that numbers
 * below 2^-126 become zero in bf16.
 */
bool jk_x86_has_avx512_bf16(void);

void jk_x86_to_bf16(const float *from, uint16_t *to, size_t n);

/* Q4_0 or Q4_1 (n a multiple of 32): the 16 values of a block by a table. */
void jk_x86_q4_to_bf16(uint32_t stored, const void *from, uint16_t *to,
    size_t n);
void jk_x86_q4_to_f32(uint32_t stored, const void *from, float *to, size_t n);

#endif
