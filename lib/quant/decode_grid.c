#include "quant/decode_grid.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif
#include <string.h>

#include "quant/grids.h"
#include "quant/read.h"

#define INLINE static inline __attribute__((always_inline))

/*
 * Eight numbers are worked on in a word, a byte to each, the first in the
 * lowest: the tables stay as small as the format's own, and no byte carries
 * into the next one.
 */
#define EACH_BYTE(x) ((x) * 0x0101010101010101u)

static const uint32_t grids[] = { JK_GRIDS };

/* Group i of the grid that begins there. */
INLINE uint64_t
group(uint32_t grid, uint32_t i)
{
	return grids[grid + i / 2] >> (i % 2 * 16) & 0xffff;
}

/* 2 bits each. */
INLINE uint64_t
eight_codes(uint32_t grid, uint32_t i)
{
	uint64_t x = group(grid, i);

	x = (x | x << 24) & 0x000000ff000000ffu;
	x = (x | x << 12) & 0x000f000f000f000fu;
	return (x | x << 6) & 0x0303030303030303u;
}

/* 4 bits each, of two groups. */
INLINE uint64_t
four_and_four(uint32_t grid, uint32_t i, uint32_t k)
{
	uint64_t x = group(grid, i) | group(grid, k) << 16;

	x = (x | x << 16) & 0x0000ffff0000ffffu;
	x = (x | x << 8) & 0x00ff00ff00ff00ffu;
	return (x | x << 4) & 0x0f0f0f0f0f0f0f0fu;
}

/* 8, 25, 43 */
INLINE uint64_t
iq2_numbers(uint64_t codes)
{
	return EACH_BYTE(8u) + codes * 17 + (codes >> 1 & EACH_BYTE(1u));
}

/* 4, 12, 20, … 52, 62 */
INLINE uint64_t
iq3_xxs_numbers(uint64_t codes)
{
	uint64_t last = (codes + EACH_BYTE(1u)) >> 3 & EACH_BYTE(1u);

	return EACH_BYTE(4u) + codes * 8 + last * 2;
}

/* 1, 3, 5, … 15 */
INLINE uint64_t
iq3_s_numbers(uint64_t codes)
{
	return EACH_BYTE(1u) + codes * 2;
}

/* Positive numbers, negative where a bit is set. */
INLINE uint64_t
negate(uint64_t numbers, uint32_t signs)
{
	uint64_t minus = EACH_BYTE((uint64_t)signs) & 0x8040201008040201u;

	minus = (minus + EACH_BYTE(0x7fu)) >> 7 & EACH_BYTE(1u);
	return (numbers ^ minus * 0xff) + minus;
}

/* Signs k of 7 bits each: the eighth makes their number even. */
INLINE uint32_t
even_signs(uint32_t packed, int k)
{
	uint32_t signs = packed >> 7 * k & 127;

	return signs | (uint32_t)__builtin_parity(signs) << 7;
}

typedef int8_t bytes8 __attribute__((vector_size(8)));
typedef int32_t ints8 __attribute__((vector_size(32)));
typedef float floats8 __attribute__((vector_size(32)));

INLINE floats8
to_floats(uint64_t numbers)
{
#ifdef __AVX2__
	/* which GCC 12 would put together from halves */
	return (floats8)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(
	    _mm_cvtsi64_si128((long long)numbers)));
#else
	bytes8 q;

	memcpy(&q, &numbers, sizeof q);
	return __builtin_convertvector(__builtin_convertvector(q, ints8),
	    floats8);
#endif
}

INLINE void
put(uint64_t numbers, float d, float *restrict dst)
{
	floats8 v = to_floats(numbers) * d;

	memcpy(dst, &v, sizeof v);
}

INLINE void
decode_iq2_xxs(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	int j, k;

	for (j = 0; j < 8; j++) {
		const uint8_t *q = p + 2 + 8 * j;
		uint32_t rest = jk_read_u32(q + 4);
		float dj = d * (0.5f + (float)(rest >> 28)) * 0.25f;

		for (k = 0; k < 4; k++)
			put(negate(iq2_numbers(eight_codes(JK_IQ2_XXS_AT,
			    q[k])), even_signs(rest, k)), dj,
			    dst + 32 * j + 8 * k);
	}
}

/* Scale j (0 to 15) of 8 bytes, for 16 numbers of an IQ2_XS or IQ2_S. */
INLINE float
iq2_scale(float d, const uint8_t *scales, int j)
{
	return d * (0.5f + (float)(scales[j / 2] >> j % 2 * 4 & 15)) * 0.25f;
}

INLINE void
decode_iq2_xs(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	int j, k;

	for (j = 0; j < 16; j++) {
		const uint8_t *q = p + 2 + 4 * j;
		float dj = iq2_scale(d, p + 66, j);

		for (k = 0; k < 2; k++) {
			uint32_t code = (uint32_t)(q[2 * k] |
			    q[2 * k + 1] << 8);

			put(negate(iq2_numbers(eight_codes(JK_IQ2_XS_AT,
			    code & 511)), even_signs(code >> 9, 0)), dj,
			    dst + 16 * j + 8 * k);
		}
	}
}

INLINE void
decode_iq2_s(const uint8_t *restrict p, float *restrict dst)
{
	const uint8_t *signs = p + 34;
	float d = jk_read_f16(p);
	int j, k;

	for (j = 0; j < 16; j++) {
		const uint8_t *q = p + 2 + 2 * j;
		uint32_t high = p[66 + j / 2] >> j % 2 * 4;
		float dj = iq2_scale(d, p + 74, j);

		for (k = 0; k < 2; k++)
			put(negate(iq2_numbers(eight_codes(JK_IQ2_S_AT, q[k] |
			    (high >> 2 * k & 3) << 8)), signs[2 * j + k]), dj,
			    dst + 16 * j + 8 * k);
	}
}

INLINE void
decode_iq3_xxs(const uint8_t *restrict p, float *restrict dst)
{
	float d = jk_read_f16(p);
	int j, k;

	for (j = 0; j < 8; j++) {
		const uint8_t *q = p + 2 + 8 * j;
		uint32_t rest = jk_read_u32(p + 66 + 4 * j);
		float dj = d * (0.5f + (float)(rest >> 28)) * 0.5f;

		for (k = 0; k < 4; k++)
			put(negate(iq3_xxs_numbers(four_and_four(JK_IQ3_XXS_AT,
			    q[2 * k], q[2 * k + 1])), even_signs(rest, k)), dj,
			    dst + 32 * j + 8 * k);
	}
}

INLINE void
decode_iq3_s(const uint8_t *restrict p, float *restrict dst)
{
	const uint8_t *signs = p + 74, *scales = p + 106;
	float d = jk_read_f16(p);
	int j, k;

	for (j = 0; j < 8; j++) {
		const uint8_t *q = p + 2 + 8 * j;
		uint32_t high = (uint32_t)p[66 + j] << 8;
		int scale = scales[j / 2] >> j % 2 * 4 & 15;
		float dj = d * (float)(1 + 2 * scale);

		for (k = 0; k < 4; k++)
			put(negate(iq3_s_numbers(four_and_four(JK_IQ3_S_AT,
			    q[2 * k] | (high >> 2 * k & 256),
			    q[2 * k + 1] | (high >> (2 * k + 1) & 256))),
			    signs[4 * j + k]), dj, dst + 32 * j + 8 * k);
	}
}

/* -1, 0, 1 and an eighth, `up` or down */
INLINE void
put_iq1(uint64_t codes, bool up, float d, float *restrict dst)
{
	floats8 v = (to_floats(codes) + (up ? -0.875f : -1.125f)) * d;

	memcpy(dst, &v, sizeof v);
}

INLINE void
decode_iq1_s(const uint8_t *restrict p, float *restrict dst)
{
	const uint8_t *q = p + 2;
	float d = jk_read_f16(p);
	int j, k;

	for (j = 0; j < 8; j++) {
		uint32_t high = (uint32_t)(p[34 + 2 * j] |
		    p[35 + 2 * j] << 8);
		float dj = d * (float)(2 * (high >> 12 & 7) + 1);

		for (k = 0; k < 4; k++)
			put_iq1(eight_codes(JK_IQ1_AT, q[4 * j + k] |
			    (high >> 3 * k & 7) << 8), !(high >> 15), dj,
			    dst + 32 * j + 8 * k);
	}
}

/* The scale is in the highest 4 bits of four words, scales of 16 below. */
INLINE void
decode_iq1_m(const uint8_t *restrict p, float *restrict dst)
{
	const uint8_t *high = p + 32, *scales = p + 48;
	const uint8_t bits[2] = { scales[1] >> 4 | (scales[3] & 0xf0),
		scales[5] >> 4 | (scales[7] & 0xf0) };
	float d = jk_read_f16(bits);
	int j, k;

	for (j = 0; j < 16; j++) {
		uint32_t scale = (uint32_t)(scales[j / 4 * 2] |
		    scales[j / 4 * 2 + 1] << 8) >> j % 4 * 3 & 7;
		float dj = d * (float)(2 * scale + 1);

		for (k = 0; k < 2; k++) {
			uint32_t h = high[j] >> 4 * k;

			put_iq1(eight_codes(JK_IQ1_AT, p[2 * j + k] |
			    (h & 7) << 8), !(h & 8), dj, dst + 16 * j + 8 * k);
		}
	}
}

#define BLOCKS(decode) \
	for (i = 0; i < n / block; i++) \
		decode(p + i * bytes, dst + i * block)

void
jk_dequantize_grid(enum jk_dtype dtype, const void *src, float *restrict dst,
    size_t n)
{
	const uint8_t *restrict p = src;
	size_t block = jk_dtype_block(dtype);
	size_t bytes = jk_dtype_block_bytes(dtype), i;

	switch (dtype) {
	case JK_IQ1_S: BLOCKS(decode_iq1_s); return;
	case JK_IQ1_M: BLOCKS(decode_iq1_m); return;
	case JK_IQ2_XXS: BLOCKS(decode_iq2_xxs); return;
	case JK_IQ2_XS: BLOCKS(decode_iq2_xs); return;
	case JK_IQ2_S: BLOCKS(decode_iq2_s); return;
	case JK_IQ3_XXS: BLOCKS(decode_iq3_xxs); return;
	case JK_IQ3_S: BLOCKS(decode_iq3_s); return;
	default: return;
	}
}
