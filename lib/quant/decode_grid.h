#ifndef JK_QUANT_DECODE_GRID_H
#define JK_QUANT_DECODE_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "isa/isa.h"
#include "quant/dtype.h"

/*
 * jk_dequantize (quant/decode.h) of the types whose codes are the numbers of
 * groups in quant/grids.h: IQ1_*, IQ2_*, IQ3_*.  Of others nothing is read nor
 * written.
 */
typedef void jk_dequantize_grid_fn(enum jk_dtype dtype, const void *src,
    float *restrict dst, size_t n);

#ifdef JK_ISA
#define jk_dequantize_grid JK_ISA_NAME(jk_dequantize_grid)
#endif
jk_dequantize_grid_fn jk_dequantize_grid;

#endif
