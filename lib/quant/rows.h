#ifndef JK_QUANT_ROWS_H
#define JK_QUANT_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Stored weights as plain f32 or bf16 (to nearest, ties to even), on the
 * host.  k is a multiple of the stored type's block; rows follow each other.
 */
void jk_convert_row(uint32_t stored, const void *from, uint32_t type,
    void *to, size_t k);
void jk_convert_rows(uint32_t stored, const void *from, uint32_t type,
    void *to, size_t n_rows, size_t k, int n_threads);

/*
 * Whether rows of this type are decoded so quickly that oneDNN's products with
 * many rows may do it anew each time (quant/block_avx512.h).
 */
bool jk_convert_is_quick(uint32_t stored);

#endif
