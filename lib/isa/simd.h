#ifndef JK_ISA_SIMD_H
#define JK_ISA_SIMD_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* Small functions of one number, in a form that loops over them vectorize. */

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

/*
 * The largest of x [n], of which a reduction by max made m.  Where none is finite
 * that depends on what a compiler begins with: gcc with -infinity, clang with the
 * least finite number.
 */
JK_INLINE float
jk_settled_max(const float *x, uint32_t n, float m)
{
	uint32_t i;

	if (m > -FLT_MAX)
		return m;
	m = -INFINITY;
	for (i = 0; i < n; i++)
		m = x[i] > m ? x[i] : m;
	return m;
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
