#include "op/convert_x86.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <string.h>

#include "model/quant.h"

#define TARGET __attribute__((target( \
	"avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma")))

bool
jk_x86_has_avx512_bf16(void)
{
	return __builtin_cpu_supports("avx512bf16") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512dq");
}

TARGET void
jk_x86_to_bf16(const float *from, uint16_t *to, size_t n)
{
	size_t i;

	for (i = 0; i + 32 <= n; i += 32)
		_mm512_storeu_si512(to + i, (__m512i)_mm512_cvtne2ps_pbh(
		    _mm512_loadu_ps(from + i + 16),
		    _mm512_loadu_ps(from + i)));
	for (; i < n; i += 16) {
		__mmask16 m = n - i < 16 ?
		    (__mmask16)((1u << (n - i)) - 1) : 0xffff;

		_mm256_mask_storeu_epi16(to + i, m,
		    (__m256i)_mm512_cvtneps_pbh(
		    _mm512_maskz_loadu_ps(m, from + i)));
	}
}

/* A block's scale, without a detour through integer registers. */
TARGET static inline __m512
scale(const uint8_t *p)
{
	uint16_t h;

	memcpy(&h, p, 2);
	return _mm512_broadcastss_ps(_mm512_castps512_ps128(
	    _mm512_cvtph_ps(_mm256_castsi128_si256(_mm_cvtsi32_si128(h)))));
}

/* The 16 values that a block can hold: d q + m, or d (q - 8). */
TARGET static inline __m512
table(const uint8_t *p, bool with_min)
{
	const __m512 q = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
	    12, 13, 14, 15);
	__m512 d = scale(p), product;

	if (!with_min)
		return _mm512_mul_ps(d, _mm512_sub_ps(q, _mm512_set1_ps(8)));
	product = _mm512_mul_ps(d, q);
	/* rounded on its own, as the reference does: no fused addition */
	__asm__("" : "+v"(product));
	return _mm512_add_ps(product, scale(p + 2));
}

/*
 * Decoding is interrupted by the products of each 16 rows, and the processor's
 * own look-ahead with it: ask for what comes in some 3 KiB.
 */
enum { AHEAD_BYTES = 3072 };

TARGET void
jk_x86_q4_to_bf16(uint32_t stored, const void *from, uint16_t *to, size_t n)
{
	bool with_min = stored == JK_Q4_1;
	size_t header = with_min ? 4 : 2, i;
	const uint8_t *p = from;

	for (i = 0; i < n; i += 32, p += header + 16) {
		__m512i values = _mm512_castsi256_si512(
		    (__m256i)_mm512_cvtneps_pbh(table(p, with_min)));
		__m256i bytes = _mm256_cvtepu8_epi16(
		    _mm_loadu_si128((const void *)(p + header)));
		__m512i index = _mm512_inserti64x4(_mm512_castsi256_si512(
		    _mm256_and_si256(bytes, _mm256_set1_epi16(15))),
		    _mm256_srli_epi16(bytes, 4), 1);

		_mm_prefetch((const char *)p + AHEAD_BYTES, _MM_HINT_T0);
		_mm512_storeu_si512(to + i, _mm512_permutexvar_epi16(index,
		    values));
	}
}

TARGET void
jk_x86_q4_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	bool with_min = stored == JK_Q4_1;
	size_t header = with_min ? 4 : 2, i;
	const uint8_t *p = from;

	for (i = 0; i < n; i += 32, p += header + 16) {
		__m512 values = table(p, with_min);
		__m512i bytes = _mm512_cvtepu8_epi32(
		    _mm_loadu_si128((const void *)(p + header)));

		_mm_prefetch((const char *)p + AHEAD_BYTES, _MM_HINT_T0);
		/* only the low four bits of an index count */
		_mm512_storeu_ps(to + i, _mm512_permutexvar_ps(bytes,
		    values));
		_mm512_storeu_ps(to + i + 16, _mm512_permutexvar_ps(
		    _mm512_srli_epi32(bytes, 4), values));
	}
}

#else

bool
jk_x86_has_avx512_bf16(void)
{
	return false;
}

/* Never called: there is no such processor here. */
void
jk_x86_to_bf16(const float *from, uint16_t *to, size_t n)
{
	(void)from, (void)to, (void)n;
}

void
jk_x86_q4_to_bf16(uint32_t stored, const void *from, uint16_t *to, size_t n)
{
	(void)stored, (void)from, (void)to, (void)n;
}

void
jk_x86_q4_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	(void)stored, (void)from, (void)to, (void)n;
}

#endif
