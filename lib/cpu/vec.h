#ifndef JK_CPU_VEC_H
#define JK_CPU_VEC_H

#include "cpu/element.h"
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

/*
 * Vectors of floats as wide as the registers, in the compiler's vector
 * extension: JK_LANES of them, 16, 8 or 4.  Wider ones than the registers would
 * live in memory.
 *
 * There is no comparison of vectors here: GCC 12 takes those of 64 bytes apart
 * into scalars.  Sign bits do instead.
 */
#pragma GCC diagnostic ignored "-Wpsabi"	/* all are inlined */

#ifndef JK_VEC_BYTES
#if defined(__AVX512F__)
#define JK_VEC_BYTES 64
#elif defined(__AVX__)
#define JK_VEC_BYTES 32
#else
#define JK_VEC_BYTES 16
#endif
#endif

enum { JK_LANES = JK_VEC_BYTES / 4 };

typedef float jk_vec __attribute__((vector_size(JK_VEC_BYTES)));
typedef uint32_t jk_vec_u32 __attribute__((vector_size(JK_VEC_BYTES)));
typedef int32_t jk_vec_i32 __attribute__((vector_size(JK_VEC_BYTES)));
typedef uint16_t jk_vec_u16 __attribute__((vector_size(JK_VEC_BYTES / 2)));

JK_INLINE jk_vec
jk_vec_splat(float x)
{
	return x - (jk_vec){ 0 };
}

/* Elements i … i + JK_LANES - 1 of an array of `type`, JK_F32 or JK_BF16. */
JK_INLINE jk_vec
jk_vec_load(const void *p, size_t i, uint32_t type)
{
	jk_vec v;
	jk_vec_u16 h;

	if (type == JK_BF16) {
		memcpy(&h, (const uint16_t *)p + i, sizeof h);
		return (jk_vec)(__builtin_convertvector(h, jk_vec_u32) << 16);
	}
	memcpy(&v, (const float *)p + i, sizeof v);
	return v;
}

/* The same where only n < JK_LANES elements are left; the others are 0. */
JK_INLINE jk_vec
jk_vec_load_n(const void *p, size_t i, size_t n, uint32_t type)
{
	float x[JK_LANES] = { 0 };
	size_t j;

	for (j = 0; j < n && j < JK_LANES; j++)
		x[j] = jk_load(p, i + j, type);
	return jk_vec_load(x, 0, JK_F32);
}

JK_INLINE jk_vec_u16
jk_vec_to_bf16(jk_vec v)
{
#if defined(__AVX512BF16__) && JK_VEC_BYTES == 64
	return (jk_vec_u16)_mm512_cvtneps_pbh((__m512)v);
#else
	/* jk_to_bf16, all lanes at a time */
	jk_vec_u32 u = (jk_vec_u32)v, rounded, nan;

	rounded = (u + 0x7fffu + (u >> 16 & 1)) >> 16;
	nan = (jk_vec_u32)((jk_vec_i32)(0x7f800000u - (u & 0x7fffffffu)) >> 31);
	rounded = (rounded & ~nan) | ((u >> 16 | 0x40) & nan);
	return __builtin_convertvector(rounded, jk_vec_u16);
#endif
}

JK_INLINE void
jk_vec_store(void *p, size_t i, uint32_t type, jk_vec v)
{
	jk_vec_u16 h;

	if (type == JK_BF16) {
		h = jk_vec_to_bf16(v);
		memcpy((uint16_t *)p + i, &h, sizeof h);
	} else {
		memcpy((float *)p + i, &v, sizeof v);
	}
}

JK_INLINE void
jk_vec_store_n(void *p, size_t i, size_t n, uint32_t type, jk_vec v)
{
	float x[JK_LANES];
	size_t j;

	memcpy(x, &v, sizeof v);
	for (j = 0; j < n && j < JK_LANES; j++)
		jk_store(p, i + j, type, x[j]);
}

/* The same of n <= JK_LANES elements, which mostly are all. */
JK_INLINE jk_vec
jk_vec_load_some(const void *p, size_t i, size_t n, uint32_t type)
{
	return n == JK_LANES ? jk_vec_load(p, i, type) :
	    jk_vec_load_n(p, i, n, type);
}

JK_INLINE void
jk_vec_store_some(void *p, size_t i, size_t n, uint32_t type, jk_vec v)
{
	if (n == JK_LANES)
		jk_vec_store(p, i, type, v);
	else
		jk_vec_store_n(p, i, n, type, v);
}

/* y[j] (+)= sums[j] + bias[j] for j < n; y of `type`.  0 is never negative. */
JK_INLINE void
jk_vec_put(const float *sums, const float *bias, size_t n, void *y,
    uint32_t type, bool add)
{
	size_t j;

	for (j = 0; j + JK_LANES <= n; j += JK_LANES) {
		jk_vec v = jk_vec_load(sums, j, JK_F32) +
		    jk_vec_load(bias, j, JK_F32);

		if (add)
			v += jk_vec_load(y, j, type);
		jk_vec_store(y, j, type, v);
	}
	for (; j < n; j++) {
		float v = sums[j] + bias[j];

		if (add)
			v += jk_load(y, j, type);
		jk_store(y, j, type, v);
	}
}

/* v where the bit of the lane is 1, else 0. */
JK_INLINE jk_vec
jk_vec_keep(jk_vec v, uint32_t bits)
{
	/* how far the bit is from the sign */
	static const uint32_t shift[16] = { 31, 30, 29, 28, 27, 26, 25, 24, 23,
		22, 21, 20, 19, 18, 17, 16 };
	jk_vec_u32 all = bits - (jk_vec_u32){ 0 }, by;

	memcpy(&by, shift, sizeof by);
	return (jk_vec)((jk_vec_i32)v & ((jk_vec_i32)(all << by) >> 31));
}

/*
 * Of vectors a and b, by pairs of groups of `distance` lanes: the first group
 * of every pair, those of b into the places of a's second ones; and the second.
 */
#define JK_FIRST(distance, a, b) \
	__builtin_shufflevector(a, b, JK_FIRST_##distance)
#define JK_SECOND(distance, a, b) \
	__builtin_shufflevector(a, b, JK_SECOND_##distance)
#if JK_VEC_BYTES == 64
#define JK_FIRST_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define JK_SECOND_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define JK_FIRST_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define JK_SECOND_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define JK_FIRST_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define JK_SECOND_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define JK_FIRST_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define JK_SECOND_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#elif JK_VEC_BYTES == 32
#define JK_FIRST_4 0, 1, 2, 3, 8, 9, 10, 11
#define JK_SECOND_4 4, 5, 6, 7, 12, 13, 14, 15
#define JK_FIRST_2 0, 1, 8, 9, 4, 5, 12, 13
#define JK_SECOND_2 2, 3, 10, 11, 6, 7, 14, 15
#define JK_FIRST_1 0, 8, 2, 10, 4, 12, 6, 14
#define JK_SECOND_1 1, 9, 3, 11, 5, 13, 7, 15
#else
#define JK_FIRST_2 0, 1, 4, 5
#define JK_SECOND_2 2, 3, 6, 7
#define JK_FIRST_1 0, 4, 2, 6
#define JK_SECOND_1 1, 5, 3, 7
#endif

/* The sum of the lanes of v[i] becomes lane i: a tree, the same for all. */
JK_INLINE jk_vec
jk_vec_sums(const jk_vec v[JK_LANES])
{
	jk_vec s[JK_LANES];
	int i;

#define SUMS(distance) \
	for (i = 0; i < JK_LANES / 2 / (distance); i++) \
		s[i] = JK_FIRST(distance, s[2 * i], s[2 * i + 1]) + \
		    JK_SECOND(distance, s[2 * i], s[2 * i + 1]);
	memcpy(s, v, sizeof s);
	SUMS(1)
	SUMS(2)
#if JK_VEC_BYTES > 16
	SUMS(4)
#endif
#if JK_VEC_BYTES > 32
	SUMS(8)
#endif
#undef SUMS
	return s[0];
}

/* A square of JK_LANES vectors, transposed in place. */
JK_INLINE void
jk_vec_transpose(jk_vec v[JK_LANES])
{
	int i;

#define EXCHANGE(distance) \
	_Pragma("GCC unroll 16") \
	for (i = 0; i < JK_LANES; i++) \
		if (!(i & (distance))) { \
			jk_vec a = v[i], b = v[i + (distance)]; \
			v[i] = JK_FIRST(distance, a, b); \
			v[i + (distance)] = JK_SECOND(distance, a, b); \
		}
#if JK_VEC_BYTES > 32
	EXCHANGE(8)
#endif
#if JK_VEC_BYTES > 16
	EXCHANGE(4)
#endif
	EXCHANGE(2)
	EXCHANGE(1)
#undef EXCHANGE
}

#endif
