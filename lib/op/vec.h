#ifndef JK_OP_VEC_H
#define JK_OP_VEC_H

#include "op/simd.h"

/*
 * Vectors of 16 floats for register tiles, in the compiler's vector extension:
 * one register with 512-bit units, two or four elsewhere.  For use inside
 * JK_CLONES functions.
 *
 * There is no comparison of vectors here: GCC 12 takes those of 64 bytes apart
 * into scalars.  Sign bits do instead.
 */
#pragma GCC diagnostic ignored "-Wpsabi"	/* all are inlined */

typedef float jk_v16 __attribute__((vector_size(64)));
typedef uint32_t jk_u16x32 __attribute__((vector_size(64)));
typedef int32_t jk_i16x32 __attribute__((vector_size(64)));
typedef uint16_t jk_u16x16 __attribute__((vector_size(32)));

enum { JK_LANES = 16 };

JK_INLINE jk_v16
jk_v16_splat(float x)
{
	return x - (jk_v16){ 0 };
}

/* Elements i … i+15 of an array of `type`, JK_F32 or JK_BF16. */
JK_INLINE jk_v16
jk_v16_load(const void *p, size_t i, uint32_t type)
{
	jk_v16 v;
	jk_u16x16 h;

	if (type == JK_BF16) {
		memcpy(&h, (const uint16_t *)p + i, sizeof h);
		return (jk_v16)(__builtin_convertvector(h, jk_u16x32) << 16);
	}
	memcpy(&v, (const float *)p + i, sizeof v);
	return v;
}

/* The same where only n < 16 elements are left; the others are 0. */
JK_INLINE jk_v16
jk_v16_load_n(const void *p, size_t i, size_t n, uint32_t type)
{
	float x[JK_LANES] = { 0 };
	size_t j;

	for (j = 0; j < n && j < JK_LANES; j++)
		x[j] = jk_load(p, i + j, type);
	return jk_v16_load(x, 0, JK_F32);
}

JK_INLINE void
jk_v16_store(void *p, size_t i, uint32_t type, jk_v16 v)
{
	jk_u16x32 u = (jk_u16x32)v, rounded, nan;
	jk_u16x16 h;

	if (type == JK_BF16) {
		/* jk_to_bf16, 16 at a time */
		rounded = (u + 0x7fffu + (u >> 16 & 1)) >> 16;
		nan = (jk_u16x32)((jk_i16x32)(0x7f800000u -
		    (u & 0x7fffffffu)) >> 31);
		rounded = (rounded & ~nan) | ((u >> 16 | 0x40) & nan);
		h = __builtin_convertvector(rounded, jk_u16x16);
		memcpy((uint16_t *)p + i, &h, sizeof h);
	} else {
		memcpy((float *)p + i, &v, sizeof v);
	}
}

JK_INLINE void
jk_v16_store_n(void *p, size_t i, size_t n, uint32_t type, jk_v16 v)
{
	float x[JK_LANES];
	size_t j;

	memcpy(x, &v, sizeof v);
	for (j = 0; j < n && j < JK_LANES; j++)
		jk_store(p, i + j, type, x[j]);
}

/* v where the bit of the lane is 1, else 0. */
JK_INLINE jk_v16
jk_v16_keep(jk_v16 v, uint32_t bits)
{
	/* how far the bit is from the sign */
	static const jk_u16x32 shift = { 31, 30, 29, 28, 27, 26, 25, 24, 23,
		22, 21, 20, 19, 18, 17, 16 };
	jk_u16x32 all = bits - (jk_u16x32){ 0 };

	return (jk_v16)((jk_i16x32)v & ((jk_i16x32)(all << shift) >> 31));
}

/* v[i] summed over its lanes becomes lane i of the result. */
JK_INLINE jk_v16
jk_v16_sums(const jk_v16 v[JK_LANES])
{
	jk_v16 s[JK_LANES];
	int i;

	/* pairs of lanes, of pairs, of fours, of halves */
#define SUMS(n, low, high) \
	for (i = 0; i < (n); i++) \
		s[i] = __builtin_shufflevector(s[2 * i], s[2 * i + 1], low) + \
		    __builtin_shufflevector(s[2 * i], s[2 * i + 1], high)
#define LIST(...) __VA_ARGS__
	memcpy(s, v, sizeof s);
	SUMS(8,
	    LIST(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
	    LIST(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31));
	SUMS(4,
	    LIST(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
	    LIST(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31));
	SUMS(2,
	    LIST(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
	    LIST(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31));
	SUMS(1,
	    LIST(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
	    LIST(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
#undef SUMS
#undef LIST
	return s[0];
}

#endif
