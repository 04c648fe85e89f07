#ifndef JK_QUANT_DECODE_H
#define JK_QUANT_DECODE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "isa/isa.h"
#include "quant/dtype.h"

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

/* IEEE 754 binary16 to f32, exact (NaN stays a NaN). */
static inline float
jk_f16_to_f32(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, w = (uint32_t)h << 17;
	uint32_t bits;
	float f, normal, subnormal;

	/* normal: move the exponent; 2^-112 scales infinities right too */
	bits = (w >> 4) + (0xe0u << 23);
	memcpy(&f, &bits, sizeof f);
	normal = f * 0x1.0p-112f;
	bits = (w >> 17) | (126u << 23);
	memcpy(&f, &bits, sizeof f);
	subnormal = f - 0.5f;
	memcpy(&bits, w < (1u << 27) ? &subnormal : &normal, sizeof bits);
	bits |= sign;
	memcpy(&f, &bits, sizeof f);
	return f;
}

static inline float
jk_bf16_to_f32(uint16_t h)
{
	uint32_t bits = (uint32_t)h << 16;
	float f;

	memcpy(&f, &bits, sizeof f);
	return f;
}

#endif
