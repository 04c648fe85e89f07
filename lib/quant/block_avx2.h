#ifndef JK_QUANT_BLOCK_AVX2_H
#define JK_QUANT_BLOCK_AVX2_H

/*
 * Blocks of Q4_0, Q4_1, Q5_0 and Q8_0 (32 numbers each; layouts in
 * quant/decode.c) decoded in AVX2 registers.  To be included where the target
 * is x86-64-v3; `stored` should be a constant after inlining.  The values are
 * those of quant/decode.h, to the bit.
 */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "quant/dtype.h"

#define JK_AVX2 static inline __attribute__((always_inline))

/* 16 where a bit is set, for 16 bits. */
JK_AVX2 __m128i
jk_avx2_fifth(uint32_t bits)
{
	const __m128i byte = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
	    1, 1, 1, 1);
	const __m128i bit = _mm_set1_epi64x((long long)0x8040201008040201ull);
	__m128i b = _mm_shuffle_epi8(_mm_cvtsi32_si128((int)bits), byte);

	b = _mm_cmpeq_epi8(_mm_and_si128(b, bit), bit);
	return _mm_and_si128(b, _mm_set1_epi8(16));
}

/* The lower 8 signed bytes of q: d q, and m added to each in a Q4_1. */
JK_AVX2 __m256
jk_avx2_scale(uint32_t stored, __m128i q, __m256 d, __m256 m)
{
	__m256 v = _mm256_mul_ps(d, _mm256_cvtepi32_ps(
	    _mm256_cvtepi8_epi32(q)));

	if (stored != JK_Q4_1)
		return v;
	/* rounded on its own, as the reference does: no fused addition */
	__asm__("" : "+x"(v));
	return _mm256_add_ps(v, m);
}

/* The 32 numbers of the block at p. */
JK_AVX2 void
jk_avx2_block(uint32_t stored, const uint8_t *p, __m256 out[4])
{
	const __m128i low = _mm_set1_epi8(15);
	__m128i a, b, offset;
	__m128 f;
	__m256 d, m;
	uint32_t h, bits;

	memcpy(&h, p, 4);	/* the scale, and in a Q4_1 the minimum */
	f = _mm_cvtph_ps(_mm_cvtsi32_si128((int)h));
	d = _mm256_broadcastss_ps(f);
	m = _mm256_broadcastss_ps(_mm_movehdup_ps(f));
	if (stored == JK_Q8_0) {
		a = _mm_loadu_si128((const void *)(p + 2));
		b = _mm_loadu_si128((const void *)(p + 18));
	} else {
		a = _mm_loadu_si128((const void *)(p +
		    jk_block32_bytes(stored) - 16));
		b = _mm_and_si128(_mm_srli_epi16(a, 4), low);
		a = _mm_and_si128(a, low);
	}
	if (stored == JK_Q5_0) {
		memcpy(&bits, p + 2, 4);
		a = _mm_or_si128(a, jk_avx2_fifth(bits & 0xffff));
		b = _mm_or_si128(b, jk_avx2_fifth(bits >> 16));
	}
	if (stored == JK_Q5_0 || stored == JK_Q4_0) {
		offset = _mm_set1_epi8(stored == JK_Q5_0 ? 16 : 8);
		a = _mm_sub_epi8(a, offset);
		b = _mm_sub_epi8(b, offset);
	}
	out[0] = jk_avx2_scale(stored, a, d, m);
	out[1] = jk_avx2_scale(stored, _mm_srli_si128(a, 8), d, m);
	out[2] = jk_avx2_scale(stored, b, d, m);
	out[3] = jk_avx2_scale(stored, _mm_srli_si128(b, 8), d, m);
}

#endif
