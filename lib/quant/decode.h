#ifndef JK_QUANT_DECODE_H
#define JK_QUANT_DECODE_H

#include <stddef.h>

#include "isa/isa.h"
#include "quant/dtype.h"
#include "quant/read.h"

/*
 * Decoding of stored weights to f32, bit for bit what gguf.quants.dequantize
 * (gguf-py) gives.
 */

/*
 * Decode n numbers at src into dst.  n is a multiple of the type's block;
 * the type is a weight type (below JK_N_WEIGHT_DTYPES), or JK_F64, which is
 * rounded; of another nothing is read nor written.
 */
typedef void jk_dequantize_fn(enum jk_dtype dtype, const void *src,
    float *restrict dst, size_t n);

/* In a file compiled for a set (isa/isa.h), that set's; else the best's. */
#ifdef JK_ISA
#define jk_dequantize JK_ISA_NAME(jk_dequantize)
#endif
jk_dequantize_fn jk_dequantize;

#endif
