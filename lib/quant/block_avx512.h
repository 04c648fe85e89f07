#ifndef JK_QUANT_BLOCK_AVX512_H
#define JK_QUANT_BLOCK_AVX512_H

/*
 * Blocks of Q4_0, Q4_1, Q5_0 and Q8_0 (32 numbers each; layouts in
 * quant/decode.c), and runs of 32 of Q4_K, Q5_K and Q6_K, decoded in AVX-512
 * registers.  To be included where the
 * target has AVX-512 with its bf16 instructions; `stored` should be a constant
 * after inlining.  The values are those of quant/decode.h; in bf16, numbers
 * below 2^-126 become zero.
 */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include "quant/dtype.h"
#include "quant/read.h"

#define JK_X86 static inline __attribute__((always_inline))

/* The f16 at p, and the one behind it, in every lane. */
JK_X86 void
jk_x86_scales(const uint8_t *p, __m512 *d, __m512 *m)
{
	uint32_t h;
	__m128 f;

	memcpy(&h, p, 4);
	f = _mm_cvtph_ps(_mm_cvtsi32_si128((int)h));
	*d = _mm512_broadcastss_ps(f);
	*m = _mm512_broadcastss_ps(_mm_movehdup_ps(f));
}

#define JK_X86_COUNT(first) _mm512_setr_ps((first), (first) + 1, (first) + 2, \
	(first) + 3, (first) + 4, (first) + 5, (first) + 6, (first) + 7, \
	(first) + 8, (first) + 9, (first) + 10, (first) + 11, (first) + 12, \
	(first) + 13, (first) + 14, (first) + 15)

/* The 32 values that a block of Q5_0 can hold: d (q - 16). */
JK_X86 void
jk_x86_q5_values(const uint8_t *p, __m512 *low, __m512 *high)
{
	__m512 d, ignored;

	jk_x86_scales(p, &d, &ignored);
	*low = _mm512_mul_ps(d, JK_X86_COUNT(-16));
	*high = _mm512_mul_ps(d, JK_X86_COUNT(0));
}

/* The fifth bits of a block of Q5_0. */
JK_X86 uint32_t
jk_x86_q5_bits(const uint8_t *p)
{
	uint32_t bits;

	memcpy(&bits, p + 2, 4);
	return bits;
}

/* The 16 values that a block of Q4 can hold: d q + m, or d (q - 8). */
JK_X86 __m512
jk_x86_q4_values(uint32_t stored, const uint8_t *p)
{
	__m512 d, m, product;

	jk_x86_scales(p, &d, &m);
	if (stored == JK_Q4_0)
		return _mm512_mul_ps(d, JK_X86_COUNT(-8));
	product = _mm512_mul_ps(d, JK_X86_COUNT(0));
	/* rounded on its own, as the reference does: no fused addition */
	__asm__("" : "+v"(product));
	return _mm512_add_ps(product, m);
}

/* 16 numbers of Q8_0 at p. */
JK_X86 __m512
jk_x86_q8(const uint8_t *p, __m512 d)
{
	return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(
	    _mm_loadu_si128((const void *)p))), d);
}

/* 16 numbers of five bits: the low four from q, the fifth from `bits`. */
JK_X86 __m512i
jk_x86_five_bits(__m512i q, uint32_t bits)
{
	q = _mm512_and_si512(q, _mm512_set1_epi32(15));
	return _mm512_mask_or_epi32(q, (__mmask16)bits, q,
	    _mm512_set1_epi32(16));
}

/* The 32 numbers of the block at p, in two halves. */
JK_X86 void
jk_x86_block_f32(uint32_t stored, const uint8_t *p, __m512 *low, __m512 *high)
{
	__m512 values, d, m;
	__m512i bytes;

	if (stored == JK_Q8_0) {
		jk_x86_scales(p, &d, &m);
		*low = jk_x86_q8(p + 2, d);
		*high = jk_x86_q8(p + 18, d);
		return;
	}
	if (stored == JK_Q5_0) {
		uint32_t bits = jk_x86_q5_bits(p);

		jk_x86_q5_values(p, &d, &m);
		bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(
		    (const void *)(p + 6)));
		*low = _mm512_permutex2var_ps(d, jk_x86_five_bits(bytes, bits), m);
		*high = _mm512_permutex2var_ps(d, jk_x86_five_bits(
		    _mm512_srli_epi32(bytes, 4), bits >> 16), m);
		return;
	}
	values = jk_x86_q4_values(stored, p);
	bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)
	    (p + (stored == JK_Q4_0 ? 2 : 4))));
	/* only the low four bits of an index count */
	*low = _mm512_permutexvar_ps(bytes, values);
	*high = _mm512_permutexvar_ps(_mm512_srli_epi32(bytes, 4), values);
}

JK_X86 __m512bh
jk_x86_block_bf16(uint32_t stored, const uint8_t *p)
{
	__m512 values, low, high;
	__m256i bytes;
	__m512i index;

	if (stored == JK_Q8_0) {
		jk_x86_block_f32(stored, p, &low, &high);
		return _mm512_cvtne2ps_pbh(high, low);
	}
	bytes = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)
	    (p + jk_block32_bytes(stored) - 16)));
	index = _mm512_cvtepu8_epi16(_mm256_srlv_epi64(bytes,
	    _mm256_setr_epi64x(0, 0, 4, 4)));
	if (stored == JK_Q5_0) {
		jk_x86_q5_values(p, &low, &high);
		index = _mm512_and_si512(index, _mm512_set1_epi16(15));
		return (__m512bh)_mm512_permutexvar_epi16(
		    _mm512_mask_add_epi16(index, jk_x86_q5_bits(p), index,
		    _mm512_set1_epi16(16)),
		    (__m512i)_mm512_cvtne2ps_pbh(high, low));
	}
	/* bit 4 of an index may be anything: the table stands there twice */
	values = jk_x86_q4_values(stored, p);
	return (__m512bh)_mm512_permutexvar_epi16(index,
	    (__m512i)_mm512_cvtne2ps_pbh(values, values));
}

/* d q - m of Q4_K and Q5_K, sixteen values of q. */
JK_X86 __m512
jk_x86_k_values(__m512 d, __m512 m, __m512 q)
{
	__m512 product = _mm512_mul_ps(d, q);

	__asm__("" : "+v"(product));
	return _mm512_sub_ps(product, m);
}

/* Run j (0 to 7) of the block of Q4_K or Q5_K at p. */
JK_X86 __m512bh
jk_x86_q45_k_bf16(uint32_t stored, const uint8_t *p, int j)
{
	const uint8_t *q = p + (stored == JK_Q4_K ? 16 : 48) + j / 2 * 32;
	__m512 d, m, low, high;
	__m512i index;
	int scale, min;

	jk_x86_scales(p, &d, &m);
	jk_read_k_scale(p + 4, j, &scale, &min);
	d = _mm512_mul_ps(d, _mm512_set1_ps((float)scale));
	m = _mm512_mul_ps(m, _mm512_set1_ps((float)min));
	low = jk_x86_k_values(d, m, JK_X86_COUNT(0));
	index = _mm512_srli_epi16(_mm512_cvtepu8_epi16(_mm256_loadu_si256(
	    (const void *)q)), (unsigned)(j % 2 * 4));
	/* bit 4 of an index may be anything: the table stands there twice */
	if (stored == JK_Q4_K)
		return (__m512bh)_mm512_permutexvar_epi16(index,
		    (__m512i)_mm512_cvtne2ps_pbh(low, low));
	high = jk_x86_k_values(d, m, JK_X86_COUNT(16));
	index = _mm512_and_si512(index, _mm512_set1_epi16(15));
	index = _mm512_mask_add_epi16(index, _mm256_test_epi8_mask(
	    _mm256_loadu_si256((const void *)(p + 16)),
	    _mm256_set1_epi8((char)(1 << j))), index, _mm512_set1_epi16(16));
	return (__m512bh)_mm512_permutexvar_epi16(index,
	    (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

/* 16 numbers of Q6_K. */
JK_X86 __m512
jk_x86_q6_k(__m128i q, __m512 d, int8_t scale)
{
	return _mm512_mul_ps(_mm512_mul_ps(d, _mm512_set1_ps((float)scale)),
	    _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(q)));
}

/* Run j (0 to 7) of the block of Q6_K at p. */
JK_X86 __m512bh
jk_x86_q6_k_bf16(const uint8_t *p, int j)
{
	const int8_t *scales = (const int8_t *)p + 192 + 2 * j;
	__m256i low = _mm256_loadu_si256((const void *)(p + j / 4 * 64 +
	    j % 2 * 32));
	__m256i high = _mm256_loadu_si256((const void *)(p + 128 +
	    j / 4 * 32)), q;
	__m512 d = _mm512_set1_ps(_mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(
	    p[208] | p[209] << 8))));

	low = _mm256_and_si256(_mm256_srli_epi16(low, j % 4 / 2 * 4),
	    _mm256_set1_epi8(15));
	high = _mm256_and_si256(_mm256_srli_epi16(high, j % 4 * 2),
	    _mm256_set1_epi8(3));
	q = _mm256_sub_epi8(_mm256_or_si256(low, _mm256_slli_epi16(high, 4)),
	    _mm256_set1_epi8(32));
	return _mm512_cvtne2ps_pbh(jk_x86_q6_k(_mm256_extracti128_si256(q, 1),
	    d, scales[1]), jk_x86_q6_k(_mm256_castsi256_si128(q), d,
	    scales[0]));
}

#endif
