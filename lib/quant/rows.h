#ifndef JK_QUANT_ROWS_H
#define JK_QUANT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"

/*
 * Stored weights as plain f32 or bf16 (to nearest, ties to even).  k is a
 * multiple of the stored type's block.  f32 is quant/decode.h's, to the bit;
 * where the processor rounds to bf16, numbers below 2^-126 become zero in it.
 */
typedef void jk_convert_row_fn(uint32_t stored, const void *from,
    uint32_t type, void *to, size_t k);
/* Whether it is so quick that oneDNN's products may do it anew each time. */
typedef bool jk_decodes_quickly_fn(uint32_t stored);

/* In a file compiled for a set (isa/isa.h), that set's; else the best's. */
#ifdef JK_ISA
#define jk_convert_row JK_ISA_NAME(jk_convert_row)
#define jk_decodes_quickly JK_ISA_NAME(jk_decodes_quickly)
#endif
jk_convert_row_fn jk_convert_row;
jk_decodes_quickly_fn jk_decodes_quickly;

/*
 * n numbers of a plain type as Q8_0, in whole blocks; false where it cannot hold
 * one (quant/encode.h).
 */
bool jk_encode_rows(uint32_t stored, const void *from, void *to, size_t n,
    int n_threads);
/* Rows that follow each other. */
void jk_convert_rows(uint32_t stored, const void *from, uint32_t type,
    void *to, size_t n_rows, size_t k, int n_threads);

#endif
