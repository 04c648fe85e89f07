#include "op/convert_x86.h"

#include "model/dtype.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* The f16 at p, and the one behind it, in every lane. */
INLINE void
scales(const uint8_t *p, __m256 *d, __m256 *m)
{
	uint32_t h;
	__m128 f;

	memcpy(&h, p, 4);
	f = _mm_cvtph_ps(_mm_cvtsi32_si128((int)h));
	*d = _mm256_broadcastss_ps(f);
	*m = _mm256_broadcastss_ps(_mm_movehdup_ps(f));
}

/* 16 where a bit is set, for 16 bits. */
INLINE __m128i
fifth(uint32_t bits)
{
	const __m128i byte = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1,
	    1, 1, 1, 1);
	const __m128i bit = _mm_set1_epi64x((long long)0x8040201008040201ull);
	__m128i b = _mm_shuffle_epi8(_mm_cvtsi32_si128((int)bits), byte);

	b = _mm_cmpeq_epi8(_mm_and_si128(b, bit), bit);
	return _mm_and_si128(b, _mm_set1_epi8(16));
}

/* 16 signed bytes as floats: d q, and m added to each if it is a Q4_1. */
INLINE void
store(uint32_t stored, __m128i q, __m256 d, __m256 m, float *to)
{
	int i;

	for (i = 0; i < 2; i++) {
		__m256 v = _mm256_mul_ps(d, _mm256_cvtepi32_ps(
		    _mm256_cvtepi8_epi32(q)));

		if (stored == JK_Q4_1) {
			/* rounded on its own, as the reference does */
			__asm__("" : "+x"(v));
			v = _mm256_add_ps(v, m);
		}
		_mm256_storeu_ps(to + 8 * i, v);
		q = _mm_srli_si128(q, 8);
	}
}

INLINE void
blocks(uint32_t stored, const uint8_t *p, float *to, size_t n)
{
	const __m128i low = _mm_set1_epi8(15);
	const size_t step = jk_dtype_block_bytes((enum jk_dtype)stored);
	size_t i;

	for (i = 0; i < n; i += 32, p += step) {
		__m128i a, b, offset = _mm_setzero_si128();
		__m256 d, m;

		scales(p, &d, &m);
		if (stored == JK_Q8_0) {
			a = _mm_loadu_si128((const void *)(p + 2));
			b = _mm_loadu_si128((const void *)(p + 18));
		} else {
			a = _mm_loadu_si128((const void *)(p + step - 16));
			b = _mm_and_si128(_mm_srli_epi16(a, 4), low);
			a = _mm_and_si128(a, low);
		}
		if (stored == JK_Q5_0) {
			uint32_t bits;

			memcpy(&bits, p + 2, 4);
			a = _mm_or_si128(a, fifth(bits & 0xffff));
			b = _mm_or_si128(b, fifth(bits >> 16));
			offset = _mm_set1_epi8(16);
		} else if (stored == JK_Q4_0) {
			offset = _mm_set1_epi8(8);
		}
		store(stored, _mm_sub_epi8(a, offset), d, m, to + i);
		store(stored, _mm_sub_epi8(b, offset), d, m, to + i + 16);
	}
}

bool
jk_avx2_blocks_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("f16c"))
		return false;
	switch (stored) {
	case JK_Q4_0: blocks(JK_Q4_0, from, to, n); return true;
	case JK_Q4_1: blocks(JK_Q4_1, from, to, n); return true;
	case JK_Q5_0: blocks(JK_Q5_0, from, to, n); return true;
	case JK_Q8_0: blocks(JK_Q8_0, from, to, n); return true;
	default: return false;
	}
}

#pragma GCC pop_options

#else

bool
jk_avx2_blocks_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	(void)stored, (void)from, (void)to, (void)n;
	return false;
}

#endif
