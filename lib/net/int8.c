#include "net/int8.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static size_t
n_blocks(size_t n)
{
	return (n + JK_INT8_BLOCK - 1) / JK_INT8_BLOCK;
}

static size_t
block_end(size_t begin, size_t n)
{
	return n - begin < JK_INT8_BLOCK ? n : begin + JK_INT8_BLOCK;
}

size_t
jk_int8_bytes(size_t n)
{
	return n_blocks(n) * sizeof(float) + n;
}

/* 0 of what is too small to divide by. */
static float
scale_of(const float *v, size_t n)
{
	float most = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!isfinite(v[i]))
			return NAN;
		most = fmaxf(most, fabsf(v[i]));
	}
	return most / 127 < FLT_MIN ? 0 : most / 127;
}

void
jk_int8_pack(const float *v, size_t n, void *packed)
{
	char *scales = packed;
	int8_t *to = (int8_t *)packed + n_blocks(n) * sizeof(float);
	size_t at, end, i;
	float scale;

	for (at = 0; at < n; at = end, scales += sizeof scale) {
		end = block_end(at, n);
		scale = scale_of(v + at, end - at);
		memcpy(scales, &scale, sizeof scale);
		for (i = at; i < end; i++)
			to[i] = scale > 0 ? (int8_t)lrintf(v[i] / scale) : 0;
	}
}

void
jk_int8_add(float *to, const void *packed, size_t n)
{
	const char *scales = packed;
	const int8_t *from = (const int8_t *)packed + n_blocks(n) *
	    sizeof(float);
	size_t at, end, i;
	float scale;

	for (at = 0; at < n; at = end, scales += sizeof scale) {
		end = block_end(at, n);
		memcpy(&scale, scales, sizeof scale);
		for (i = at; i < end; i++)
			to[i] += scale * from[i];
	}
}

/* Numbers of three bits behind the leading one, from 0, and back. */
enum { LEAST_BITS = 20, LARGEST_KEY = 0x7f7, ZERO = 255 };

static uint32_t
key_of(float x)
{
	uint32_t bits, key;

	memcpy(&bits, &x, sizeof bits);
	key = (bits + (1u << (LEAST_BITS - 1))) >> LEAST_BITS;
	return key == 0 && x > 0 ? 1 : key < LARGEST_KEY ? key : LARGEST_KEY;
}

static float
of_key(uint32_t key)
{
	const uint32_t bits = key << LEAST_BITS;
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

/* NaN where a number is not finite, or negative. */
static float
largest(const float *v, size_t n)
{
	float most = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(v[i] >= 0 && isfinite(v[i])))
			return NAN;
		most = fmaxf(most, v[i]);
	}
	return of_key(key_of(most));
}

static uint8_t
code_of(float x, uint32_t most)
{
	const uint32_t below = most - key_of(x);

	if (x == 0)
		return ZERO;
	return below < ZERO ? (uint8_t)below : ZERO - 1;
}

void
jk_log8_pack(const float *v, size_t n, void *packed)
{
	char *scales = packed;
	uint8_t *to = (uint8_t *)packed + n_blocks(n) * sizeof(float);
	size_t at, end, i;
	float scale;

	for (at = 0; at < n; at = end, scales += sizeof scale) {
		end = block_end(at, n);
		scale = largest(v + at, end - at);
		memcpy(scales, &scale, sizeof scale);
		for (i = at; i < end; i++)
			to[i] = isnan(scale) ? ZERO : code_of(v[i],
			    key_of(scale));
	}
}

void
jk_log8_add(float *to, const void *packed, size_t n)
{
	const char *scales = packed;
	const uint8_t *from = (const uint8_t *)packed + n_blocks(n) *
	    sizeof(float);
	size_t at, end, i;
	float scale;

	for (at = 0; at < n; at = end, scales += sizeof scale) {
		end = block_end(at, n);
		memcpy(&scale, scales, sizeof scale);
		for (i = at; i < end; i++)
			to[i] += isnan(scale) ? scale : from[i] == ZERO ? 0 :
			    of_key(key_of(scale) - from[i]);
	}
}
