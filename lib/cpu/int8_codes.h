#ifndef JK_CPU_INT8_CODES_H
#define JK_CPU_INT8_CODES_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "cpu/vec.h"
#include "quant/dtype.h"
#include "quant/read.h"

/*
 * Codes, scales and minima of stored weights in registers, for cpu/dot_int8.c
 * alone: c, D and M of cpu/dot_int8.h, 64 inputs at a time.  Layouts are those in
 * quant/decode.c.  `stored` should be a constant after inlining.
 */

/* The parts of a packed row (cpu/dot_int8.h). */
struct jk_dot8_row {
	const int8_t *q;	/* [k] */
	const float *ds;	/* [k / 32][2]: d, s of 32 */
	const float *s;		/* [k / 16] */
};

/* Codes of the types in blocks of 32 stand behind scale, minimum, fifth bits. */
JK_INLINE bool
has_minimum(uint32_t stored)
{
	return stored == JK_Q4_1 || stored == JK_Q5_1;
}

JK_INLINE bool
has_fifth_bits(uint32_t stored)
{
	return stored == JK_Q5_0 || stored == JK_Q5_1;
}

JK_INLINE bool
is_k(uint32_t stored)
{
	return stored == JK_Q4_K || stored == JK_Q5_K;
}

/* The code that stands for 0 where there is no minimum. */
JK_INLINE float
middle(uint32_t stored)
{
	return stored == JK_Q4_0 ? 8 : stored == JK_Q5_0 ? 16 :
	    stored == JK_Q6_K ? 32 : 128;
}

#if defined(__AVX2__)

#include <immintrin.h>

/* The sums of a row so far: of products, and of s M. */
#if defined(__AVX512VNNI__)
typedef __m512i jk_codes;
typedef __m512 jk_products;
#else
typedef struct { __m256i a, b; } jk_codes;
typedef __m256 jk_products;
#endif
struct jk_dot8_sums {
	jk_products products;
	__m128 minima;
};

/* Scales and minima of two blocks: D, M, D, M; without minima D, D, D, D. */
JK_INLINE __m128
scales32(uint32_t stored, const uint8_t *a, const uint8_t *b)
{
	uint32_t first, second;
	uint16_t one, other;
	__m128 f;

	if (has_minimum(stored)) {
		memcpy(&first, a, 4);
		memcpy(&second, b, 4);
		return _mm_cvtph_ps(_mm_insert_epi32(_mm_cvtsi32_si128(
		    (int)first), (int)second, 1));
	}
	memcpy(&one, a, 2);
	memcpy(&other, b, 2);
	f = _mm_cvtph_ps(_mm_cvtsi32_si128((int)(one |
	    (uint32_t)other << 16)));
	return _mm_unpacklo_ps(f, f);
}

/* 32 inputs as q, and the sums of both halves; d is NaN where one is not finite. */
JK_INLINE void
quantize32(const float v[32], int8_t *q, float *d, int sums[2])
{
	const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
	__m256i n[4], all;
	__m256 x[4];
	__m128i most;
	float largest, inverse;
	int i;

	for (i = 0; i < 4; i++) {
		x[i] = _mm256_loadu_ps(v + 8 * i);
		n[i] = _mm256_and_si256(_mm256_castps_si256(x[i]), magnitude);
	}
	/* numbers without their signs have the order of their bits */
	all = _mm256_max_epi32(_mm256_max_epi32(n[0], n[1]),
	    _mm256_max_epi32(n[2], n[3]));
	most = _mm_max_epi32(_mm256_castsi256_si128(all),
	    _mm256_extracti128_si256(all, 1));
	most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0x4e));
	most = _mm_max_epi32(most, _mm_shuffle_epi32(most, 0xb1));
	largest = _mm_cvtss_f32(_mm_castsi128_ps(most));
	*d = _mm_cvtsi128_si32(most) < 0x7f800000 ? largest / 127 : NAN;
	/* 1 / d of the smallest numbers is no number */
	inverse = *d >= 0x1p-126f ? 1 / *d : 0;
	for (i = 0; i < 4; i++)
		n[i] = _mm256_cvtps_epi32(_mm256_mul_ps(x[i],
		    _mm256_set1_ps(inverse)));
	all = _mm256_packs_epi16(_mm256_packs_epi32(n[0], n[1]),
	    _mm256_packs_epi32(n[2], n[3]));
	all = _mm256_permutevar8x32_epi32(all, _mm256_setr_epi32(0, 4, 1, 5, 2,
	    6, 3, 7));
	_mm256_storeu_si256((void *)q, all);
	all = _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_set1_epi8(1), all),
	    _mm256_set1_epi16(1));
	all = _mm256_hadd_epi32(all, all);
	all = _mm256_hadd_epi32(all, all);
	sums[0] = _mm256_cvtsi256_si32(all);
	sums[1] = _mm256_extract_epi32(all, 4);
}

/* Eight bytes of a block of Q4_K or Q5_K: its scales; its minima. */
JK_INLINE __m128i
scale_bytes_k(const uint8_t *p)
{
	uint32_t u[3];
	__m128i scale, minimum;

	memcpy(u, p + 4, 12);
	scale = _mm_insert_epi32(_mm_cvtsi32_si128((int)(u[0] & 0x3f3f3f3f)),
	    (int)((u[2] & 0x0f0f0f0f) | (u[0] >> 2 & 0x30303030)), 1);
	minimum = _mm_insert_epi32(_mm_cvtsi32_si128((int)(u[1] &
	    0x3f3f3f3f)), (int)((u[2] >> 4 & 0x0f0f0f0f) |
	    (u[1] >> 2 & 0x30303030)), 1);
	return _mm_unpacklo_epi8(scale, minimum);
}

/* D, M of the eight runs of 32 of a block of Q4_K or Q5_K. */
JK_INLINE void
scales_k(const uint8_t *p, float out[16])
{
	const __m128i bytes = scale_bytes_k(p);
	__m128 both;
	uint32_t u;
	int i;

	memcpy(&u, p, 4);
	both = _mm_cvtph_ps(_mm_cvtsi32_si128((int)u));
	both = _mm_movelh_ps(both, both);
	for (i = 0; i < 4; i++)
		_mm_storeu_ps(out + 4 * i, _mm_mul_ps(both, _mm_cvtepi32_ps(
		    _mm_cvtepu8_epi32(_mm_shuffle_epi8(bytes,
		    _mm_set1_epi32(0x03020100 + 0x04040404 * i))))));
}

/* D of the 16 runs of 16 of a block of Q6_K. */
JK_INLINE void
scales_q6(const uint8_t *p, float out[16])
{
	const __m128i bytes = _mm_loadu_si128((const void *)(p + 192));
	const __m128 d = _mm_set1_ps(jk_read_f16(p + 208));
	int i;

	for (i = 0; i < 4; i++)
		_mm_storeu_ps(out + 4 * i, _mm_mul_ps(d, _mm_cvtepi32_ps(
		    _mm_cvtepi8_epi32(_mm_shuffle_epi8(bytes,
		    _mm_set1_epi32(0x03020100 + 0x04040404 * i))))));
}

#if defined(__AVX512VNNI__)

/* Codes of two blocks of 32; a block's 16 bytes have low halves first. */
JK_INLINE jk_codes
codes32(uint32_t stored, const uint8_t *a, const uint8_t *b)
{
	const size_t at = jk_block32_bytes(stored) - 16;
	uint32_t low, high;
	__m512i c;

	if (stored == JK_Q8_0)
		return _mm512_xor_si512(_mm512_inserti64x4(
		    _mm512_castsi256_si512(_mm256_loadu_si256((const void *)
		    (a + 2))), _mm256_loadu_si256((const void *)(b + 2)), 1),
		    _mm512_set1_epi8(-128));
	c = _mm512_broadcast_i64x2(_mm_loadu_si128((const void *)(a + at)));
	c = _mm512_mask_broadcast_i64x2(c, 0xf0, _mm_loadu_si128((const void *)
	    (b + at)));
	c = _mm512_srlv_epi64(c, _mm512_setr_epi64(0, 0, 4, 4, 0, 0, 4, 4));
	c = _mm512_and_si512(c, _mm512_set1_epi8(15));
	if (has_fifth_bits(stored)) {
		memcpy(&low, a + at - 4, 4);
		memcpy(&high, b + at - 4, 4);
		c = _mm512_mask_add_epi8(c, low | (__mmask64)high << 32, c,
		    _mm512_set1_epi8(16));
	}
	return c;
}

/* Codes 64 n … 64 n + 63 of a block of Q4_K or Q5_K. */
JK_INLINE jk_codes
codes_k(uint32_t stored, const uint8_t *p, int n)
{
	const uint8_t *low = p + (stored == JK_Q5_K ? 48 : 16) + 32 * n;
	__m512i c = _mm512_broadcast_i64x4(_mm256_loadu_si256(
	    (const void *)low)), high;

	c = _mm512_and_si512(_mm512_srlv_epi64(c, _mm512_setr_epi64(0, 0, 0, 0,
	    4, 4, 4, 4)), _mm512_set1_epi8(15));
	if (stored == JK_Q5_K) {
		high = _mm512_broadcast_i64x4(_mm256_loadu_si256(
		    (const void *)(p + 16)));
		c = _mm512_mask_add_epi8(c, _mm512_test_epi8_mask(high,
		    _mm512_inserti64x4(_mm512_set1_epi8((char)(1 << 2 * n)),
		    _mm256_set1_epi8((char)(2 << 2 * n)), 1)), c,
		    _mm512_set1_epi8(16));
	}
	return c;
}

/* The same of Q6_K. */
JK_INLINE jk_codes
codes_q6(const uint8_t *p, int n)
{
	const int shift = n % 2 * 4;
	__m512i low = _mm512_loadu_si512(p + n / 2 * 64);
	__m512i high = _mm512_broadcast_i64x4(_mm256_loadu_si256(
	    (const void *)(p + 128 + n / 2 * 32)));

	low = _mm512_and_si512(_mm512_srli_epi16(low, (unsigned)shift),
	    _mm512_set1_epi8(15));
	high = _mm512_srlv_epi64(high, _mm512_setr_epi64(shift, shift, shift,
	    shift, shift + 2, shift + 2, shift + 2, shift + 2));
	high = _mm512_slli_epi16(_mm512_and_si512(high, _mm512_set1_epi8(3)),
	    4);
	return _mm512_or_si512(low, high);
}

enum { HAS_CODES_OF_8_BITS = 1 };	/* those of Q8_0 are signed elsewhere */

JK_INLINE float
lanes(__m512 v)
{
	return _mm512_reduce_add_ps(v);
}

/* Exact sums of four inputs each. */
JK_INLINE __m512
multiply(uint32_t stored, jk_codes c, const int8_t *q)
{
	(void)stored;
	return _mm512_cvtepi32_ps(_mm512_dpbusd_epi32(_mm512_setzero_si512(),
	    c, _mm512_loadu_si512(q)));
}

/* Add products, with d D of both 32s in lanes 0 and 2. */
JK_INLINE void
add32(struct jk_dot8_sums *s, __m512 products, __m128 both)
{
	s->products = _mm512_fmadd_ps(products, _mm512_permutexvar_ps(
	    _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2),
	    _mm512_castps128_ps512(both)), s->products);
}

/* The same with d D of the four 16s. */
JK_INLINE void
add16(struct jk_dot8_sums *s, __m512 products, __m128 d)
{
	s->products = _mm512_fmadd_ps(products, _mm512_permutexvar_ps(
	    _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3),
	    _mm512_castps128_ps512(d)), s->products);
}

#else	/* AVX2 */

enum { HAS_CODES_OF_8_BITS = 0 };

JK_INLINE float
lanes(__m256 v)
{
	__m128 s = _mm_add_ps(_mm256_castps256_ps128(v),
	    _mm256_extractf128_ps(v, 1));

	s = _mm_add_ps(s, _mm_movehl_ps(s, s));
	return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/* 32 bits as bytes of 16 or 0. */
JK_INLINE __m256i
fifth(const uint8_t *p)
{
	const __m256i each = _mm256_set1_epi64x((long long)
	    0x8040201008040201ull);
	int bits;
	__m256i b;

	memcpy(&bits, p, 4);
	b = _mm256_shuffle_epi8(_mm256_set1_epi32(bits), _mm256_setr_epi64x(0,
	    0x0101010101010101, 0x0202020202020202, 0x0303030303030303));
	return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(b, each),
	    each), _mm256_set1_epi8(16));
}

/* Low halves of 16 bytes, then the high ones. */
JK_INLINE __m256i
halves(const uint8_t *p)
{
	const __m128i v = _mm_loadu_si128((const void *)p);

	return _mm256_and_si256(_mm256_inserti128_si256(
	    _mm256_castsi128_si256(v), _mm_srli_epi16(v, 4), 1),
	    _mm256_set1_epi8(15));
}

JK_INLINE __m256i
codes_of(uint32_t stored, const uint8_t *p)
{
	const uint8_t *at = p + jk_block32_bytes(stored) - 16;

	if (stored == JK_Q8_0)	/* with their signs */
		return _mm256_loadu_si256((const void *)(p + 2));
	return has_fifth_bits(stored) ? _mm256_or_si256(halves(at),
	    fifth(at - 4)) : halves(at);
}

JK_INLINE jk_codes
codes32(uint32_t stored, const uint8_t *a, const uint8_t *b)
{
	return (jk_codes){ codes_of(stored, a), codes_of(stored, b) };
}

JK_INLINE jk_codes
codes_k(uint32_t stored, const uint8_t *p, int n)
{
	const __m256i low = _mm256_set1_epi8(15), v = _mm256_loadu_si256(
	    (const void *)(p + (stored == JK_Q5_K ? 48 : 16) + 32 * n));
	jk_codes c = { _mm256_and_si256(v, low),
		_mm256_and_si256(_mm256_srli_epi16(v, 4), low) };

	if (stored == JK_Q5_K) {
		const __m256i high = _mm256_loadu_si256((const void *)
		    (p + 16));
		const __m256i one = _mm256_set1_epi8((char)(1 << 2 * n));
		const __m256i two = _mm256_set1_epi8((char)(2 << 2 * n));
		const __m256i bit = _mm256_set1_epi8(16);

		c.a = _mm256_or_si256(c.a, _mm256_and_si256(bit,
		    _mm256_cmpeq_epi8(_mm256_and_si256(high, one), one)));
		c.b = _mm256_or_si256(c.b, _mm256_and_si256(bit,
		    _mm256_cmpeq_epi8(_mm256_and_si256(high, two), two)));
	}
	return c;
}

JK_INLINE jk_codes
codes_q6(const uint8_t *p, int n)
{
	const __m256i low = _mm256_set1_epi8(15), two = _mm256_set1_epi8(3);
	const int shift = n % 2 * 4;
	const __m256i a = _mm256_loadu_si256((const void *)(p + n / 2 * 64));
	const __m256i b = _mm256_loadu_si256((const void *)(p + n / 2 * 64 +
	    32));
	const __m256i high = _mm256_loadu_si256((const void *)(p + 128 +
	    n / 2 * 32));

	return (jk_codes){
		_mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(a, shift),
		    low), _mm256_slli_epi16(_mm256_and_si256(
		    _mm256_srli_epi16(high, shift), two), 4)),
		_mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(b, shift),
		    low), _mm256_slli_epi16(_mm256_and_si256(
		    _mm256_srli_epi16(high, shift + 2), two), 4)) };
}

/*
 * Exact sums of four inputs each.  Two products of 8 bits are summed in 16: codes
 * of 8 bits go without their signs, which the inputs then have, at most
 * 2 128 127.
 */
JK_INLINE __m256
multiply_half(uint32_t stored, __m256i c, const int8_t *q)
{
	__m256i x = _mm256_loadu_si256((const void *)q);

	if (stored == JK_Q8_0) {
		x = _mm256_sign_epi8(x, c);
		c = _mm256_sign_epi8(c, c);
	}
	return _mm256_cvtepi32_ps(_mm256_madd_epi16(_mm256_maddubs_epi16(c,
	    x), _mm256_set1_epi16(1)));
}

struct jk_halves { __m256 a, b; };

JK_INLINE struct jk_halves
multiply(uint32_t stored, jk_codes c, const int8_t *q)
{
	return (struct jk_halves){ multiply_half(stored, c.a, q),
		multiply_half(stored, c.b, q + 32) };
}

JK_INLINE void
add32(struct jk_dot8_sums *s, struct jk_halves products, __m128 both)
{
	s->products = _mm256_fmadd_ps(products.a, _mm256_broadcastss_ps(both),
	    s->products);
	s->products = _mm256_fmadd_ps(products.b, _mm256_broadcastss_ps(
	    _mm_movehl_ps(both, both)), s->products);
}

JK_INLINE void
add16(struct jk_dot8_sums *s, struct jk_halves products, __m128 d)
{
	const __m256 all = _mm256_castps128_ps256(d);

	s->products = _mm256_fmadd_ps(products.a, _mm256_permutevar8x32_ps(all,
	    _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1)), s->products);
	s->products = _mm256_fmadd_ps(products.b, _mm256_permutevar8x32_ps(all,
	    _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3)), s->products);
}

#endif

/* Add 64 inputs from i on; scales as scales32, scales_k or scales_q6 have them. */
JK_INLINE void
add(uint32_t stored, struct jk_dot8_sums *s, jk_codes c, __m128 scales,
    const struct jk_dot8_row *x, size_t i)
{
	const __m128 ds = _mm_loadu_ps(x->ds + i / 16);

	if (stored == JK_Q6_K) {
		s->minima = _mm_fmadd_ps(scales, _mm_loadu_ps(x->s + i / 16),
		    s->minima);
		add16(s, multiply(stored, c, x->q + i), _mm_mul_ps(scales,
		    _mm_moveldup_ps(ds)));
	} else {
		const __m128 both = _mm_mul_ps(scales, ds);

		s->minima = _mm_add_ps(s->minima, both);
		add32(s, multiply(stored, c, x->q + i), both);
	}
}

/* What s M is multiplied with: without minima it is s D. */
JK_INLINE float
minimum_factor(uint32_t stored)
{
	if (stored == JK_Q8_0 && !HAS_CODES_OF_8_BITS)
		return 0;
	return has_minimum(stored) ? -1 : is_k(stored) ? 1 : middle(stored);
}

JK_INLINE float
sum_of(uint32_t stored, float factor, const struct jk_dot8_sums *s)
{
	const __m128 m = s->minima;

	return lanes(s->products) - factor * (stored == JK_Q6_K ?
	    (m[0] + m[1]) + (m[2] + m[3]) : m[1] + m[3]);
}

#endif

#endif
