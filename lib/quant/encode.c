#include "quant/encode.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* To nearest, ties to even (IEEE 754 binary16). */
static uint16_t
to_f16(float x)
{
	uint32_t u, sign, magnitude;
	float f;

	memcpy(&u, &x, sizeof u);
	sign = u >> 16 & 0x8000;
	magnitude = u & 0x7fffffff;
	if (magnitude > 0x7f800000)
		return (uint16_t)(sign | 0x7e00);
	if (magnitude >= 0x47800000)
		return (uint16_t)(sign | 0x7c00);
	if (magnitude < 0x38800000) {
		/* below 2^-14: the sum rounds to multiples of 2^-24 */
		f = fabsf(x) + 0.5f;
		memcpy(&u, &f, sizeof u);
		return (uint16_t)(sign | (u - 0x3f000000));
	}
	magnitude += 0xfff + (magnitude >> 13 & 1);
	return (uint16_t)(sign | (magnitude - 0x38000000) >> 13);
}

static uint16_t
to_bf16(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	if ((u & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

/* A block of 32: the scale as binary16, then 32 signed bytes. */
static void
to_q8_0(const float *x, unsigned char *out)
{
	float largest = 0, d, inverse;
	uint16_t h;
	int i;

	for (i = 0; i < 32; i++)
		largest = fmaxf(largest, fabsf(x[i]));
	d = largest / 127;
	/* 1 / d of the smallest numbers is no number */
	inverse = d < 0x1p-126f ? 0 : 1 / d;
	h = to_f16(d);
	out[0] = (unsigned char)h;
	out[1] = (unsigned char)(h >> 8);
	/* halves away from zero, as roundf has it */
	for (i = 0; i < 32; i++)
		out[2 + i] = (unsigned char)(int8_t)roundf(x[i] * inverse);
}

size_t
jk_quantize(enum jk_dtype dtype, float *w, size_t n)
{
	unsigned char *out = (unsigned char *)w;
	float block[32];
	uint16_t h;
	size_t i;

	if (dtype == JK_Q8_0) {
		for (i = 0; i < n; i += 32) {
			size_t k;

			memcpy(block, (char *)w + 4 * i, sizeof block);
			for (k = 0; k < 32; k++)
				if (!(fabsf(block[k]) <= 127 * 65504.0f))
					return i + k;
			to_q8_0(block, out + i / 32 * 34);
		}
		return n;
	}
	for (i = 0; dtype != JK_F32 && i < n; i++) {
		memcpy(block, (char *)w + 4 * i, 4);
		h = dtype == JK_F16 ? to_f16(block[0]) : to_bf16(block[0]);
		if (isfinite(block[0]) && (h & 0x7fff) == (dtype == JK_F16 ?
		    0x7c00 : 0x7f80))
			return i;
		memcpy(out + 2 * i, &h, sizeof h);
	}
	return n;
}

int
jk_quantize_checked(enum jk_dtype dtype, float *w, size_t n, const char *name,
    struct jk_err *err)
{
	size_t i = jk_quantize(dtype, w, n);
	float x;

	if (i == n)
		return 0;
	memcpy(&x, (char *)w + 4 * i, sizeof x);
	return jk_fail(err, JK_EDATA, "%s: %g is too large for %s", name,
	    (double)x, jk_dtype_name(dtype));
}
