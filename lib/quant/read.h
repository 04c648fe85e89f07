#ifndef JK_QUANT_READ_H
#define JK_QUANT_READ_H

#include <stdint.h>
#include <string.h>

/* Single numbers as they are stored, little-endian. */

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

/*
 * A block's scale.  The compiler must not look through it: it would convert
 * the same number once for every lane that it is multiplied with.
 */
static inline float
jk_read_f16(const uint8_t *p)
{
	float x = jk_f16_to_f32((uint16_t)(p[0] | p[1] << 8));

	__asm__("" : "+r"(x));
	return x;
}

static inline uint32_t
jk_read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* Scale and minimum j (0 to 7) of the 12 packed bytes of Q4_K and Q5_K. */
static inline __attribute__((always_inline)) void
jk_read_k_scale(const uint8_t *p, int j, int *scale, int *min)
{
	if (j < 4) {
		*scale = p[j] & 63;
		*min = p[j + 4] & 63;
	} else {
		*scale = (p[j + 4] & 15) | (p[j - 4] >> 6) << 4;
		*min = p[j + 4] >> 4 | (p[j] >> 6) << 4;
	}
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
