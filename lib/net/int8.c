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

/* How numbers of a block are written: its scale, a number's code, and back. */
struct form {
	float (*scale_of)(const float *v, size_t n);
	uint8_t (*code_of)(float x, float scale);
	float (*of_code)(uint8_t code, float scale);
};

static inline void
pack(const struct form *f, const float *v, size_t n, void *packed)
{
	char *scales = packed;
	uint8_t *to = (uint8_t *)packed + n_blocks(n) * sizeof(float);
	size_t at, end, i;
	float scale;

	for (at = 0; at < n; at = end, scales += sizeof scale) {
		end = block_end(at, n);
		scale = f->scale_of(v + at, end - at);
		memcpy(scales, &scale, sizeof scale);
		for (i = at; i < end; i++)
			to[i] = f->code_of(v[i], scale);
	}
}

static inline void
add(const struct form *f, float *to, const void *packed, size_t n)
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
			to[i] += f->of_code(from[i], scale);
	}
}

/* 0 of what is too small to divide by. */
static float
int8_scale(const float *v, size_t n)
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

static uint8_t
int8_code(float x, float scale)
{
	return scale > 0 ? (uint8_t)lrintf(x / scale) : 0;
}

static float
of_int8(uint8_t code, float scale)
{
	return scale * (int8_t)code;
}

static const struct form int8 = { int8_scale, int8_code, of_int8 };

void
jk_int8_pack(const float *v, size_t n, void *packed)
{
	pack(&int8, v, n, packed);
}

void
jk_int8_add(float *to, const void *packed, size_t n)
{
	add(&int8, to, packed, n);
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
log8_scale(const float *v, size_t n)
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
log8_code(float x, float scale)
{
	const uint32_t below = key_of(scale) - key_of(x);

	if (x == 0 || isnan(scale))
		return ZERO;
	return below < ZERO ? (uint8_t)below : ZERO - 1;
}

static float
of_log8(uint8_t code, float scale)
{
	return isnan(scale) ? scale : code == ZERO ? 0 :
	    of_key(key_of(scale) - code);
}

static const struct form log8 = { log8_scale, log8_code, of_log8 };

void
jk_log8_pack(const float *v, size_t n, void *packed)
{
	pack(&log8, v, n, packed);
}

void
jk_log8_add(float *to, const void *packed, size_t n)
{
	add(&log8, to, packed, n);
}

size_t
jk_mixed8_bytes(size_t n, size_t n_signed)
{
	return jk_int8_bytes(n_signed) + jk_int8_bytes(n - n_signed);
}

void
jk_mixed8_pack(const float *v, size_t n, size_t n_signed, void *packed)
{
	jk_int8_pack(v, n_signed, packed);
	jk_log8_pack(v + n_signed, n - n_signed, (char *)packed +
	    jk_int8_bytes(n_signed));
}

void
jk_mixed8_add(float *to, const void *packed, size_t n, size_t n_signed)
{
	jk_int8_add(to, packed, n_signed);
	jk_log8_add(to + n_signed, (const char *)packed +
	    jk_int8_bytes(n_signed), n - n_signed);
}
