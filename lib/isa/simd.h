#ifndef JK_ISA_SIMD_H
#define JK_ISA_SIMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "op/shared.h"

/*
 * What the host versions of the operations are written with: numbers stored as
 * f32 or bf16, and functions that loops vectorize.
 *
 * JK_CLONES, for loops in files that are compiled only once (unlike those of
 * operations: isa/isa.h): the function is cloned for wider vector units.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
	!defined(__SANITIZE_ADDRESS__)
#define JK_CLONES __attribute__((target_clones("arch=x86-64-v4", \
	"arch=x86-64-v3", "default")))
#else
#define JK_CLONES
#endif

/* Elements below which an operation is done before threads have met. */
enum { JK_MIN_PARALLEL = 1 << 15 };

#define JK_INLINE static inline __attribute__((always_inline, unused))

JK_INLINE uint32_t
jk_bits(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	return u;
}

JK_INLINE float
jk_from_bits(uint32_t u)
{
	float x;

	memcpy(&x, &u, sizeof x);
	return x;
}

/* To nearest, ties to even; a NaN stays one. */
JK_INLINE uint16_t
jk_to_bf16(float x)
{
	uint32_t u = jk_bits(x);
	uint32_t rounded = (u + 0x7fffu + (u >> 16 & 1)) >> 16;
	uint32_t nan = u >> 16 | 0x40;

	return (uint16_t)((u & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
}

/*
 * Element i of an array of `type`, JK_F32 or JK_BF16.  Where the type is a
 * constant after inlining, a loop over i vectorizes.
 */
JK_INLINE float
jk_load(const void *p, size_t i, uint32_t type)
{
	if (type == JK_BF16)
		return jk_from_bits((uint32_t)((const uint16_t *)p)[i] << 16);
	return ((const float *)p)[i];
}

JK_INLINE void
jk_store(void *p, size_t i, uint32_t type, float x)
{
	if (type == JK_BF16)
		((uint16_t *)p)[i] = jk_to_bf16(x);
	else
		((float *)p)[i] = x;
}

/* y = sums, or y += sums, n of them; not x + 0, which has another sign of 0. */
JK_INLINE void
jk_put_sums(const float *sums, uint32_t n, void *y, uint32_t type, bool add)
{
	uint32_t i;

	if (add)
		for (i = 0; i < n; i++)
			jk_store(y, i, type, sums[i] + jk_load(y, i, type));
	else
		for (i = 0; i < n; i++)
			jk_store(y, i, type, sums[i]);
}

/* The address of element i. */
JK_INLINE void *
jk_at(uint64_t address, size_t i, uint32_t type)
{
	return (char *)(uintptr_t)address + i * (type == JK_BF16 ? 2 : 4);
}

/*
 * exp(x) to 2 units in the last place; 0 below -87.3, infinity above 88.3.
 * Range reduction by ln 2 in two parts (Cody, Waite, "Software Manual for the
 * Elementary Functions", 1980), then the Taylor polynomial of degree 7 on
 * [-ln 2 / 2, ln 2 / 2].
 */
JK_INLINE float
jk_expf(float x)
{
	const float round = 0x1.8p23f;
	float t, n, r, p, y;

	/* comparisons that leave a NaN alone */
	y = x < -87.3f ? -87.3f : x;
	y = y > 88.3f ? 88.3f : y;
	t = y * 0x1.715476p0f + round;
	n = t - round;
	r = y - n * 0x1.62e4p-1f;
	r = r - n * 0x1.7f7d1cp-20f;
	p = 1.0f / 5040;
	p = p * r + 1.0f / 720;
	p = p * r + 1.0f / 120;
	p = p * r + 1.0f / 24;
	p = p * r + 1.0f / 6;
	p = p * r + 0.5f;
	p = p * r + 1;
	p = p * r + 1;
	p = p * jk_from_bits((jk_bits(t) - jk_bits(round) + 127) << 23);
	p = x < -87.3f ? 0 : p;
	return x > 88.3f ? __builtin_inff() : p;
}

/* 1 / (1 + exp(-x)) */
JK_INLINE float
jk_sigmoidf(float x)
{
	return 1 / (1 + jk_expf(-x));
}

#endif
