#include "quant/rows.h"

#include <string.h>

#include "isa/simd.h"
#include "quant/decode.h"
#include "quant/dtype.h"

/*
 * blocks_to_f32 and blocks_to_bf16 decode whole blocks in registers, of a type
 * that is a constant after inlining; to_bf16 rounds.
 */
#if defined(__AVX512BF16__)
#include "quant/block_avx512.h"

/*
 * Decoding is interrupted by the products of each 16 rows, and the processor's
 * own look-ahead with it: ask for what comes in some 3 KiB.
 */
enum { AHEAD_BYTES = 3072 };

JK_INLINE void
blocks_to_f32(uint32_t stored, const uint8_t *p, float *to, size_t n)
{
	__m512 low, high;
	size_t i;

	for (i = 0; i < n; i += 32, p += jk_block32_bytes(stored)) {
		_mm_prefetch((const char *)p + AHEAD_BYTES, _MM_HINT_T0);
		jk_x86_block_f32(stored, p, &low, &high);
		_mm512_storeu_ps(to + i, low);
		_mm512_storeu_ps(to + i + 16, high);
	}
}

JK_INLINE void
blocks_to_bf16(uint32_t stored, const uint8_t *p, uint16_t *to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += 32, p += jk_block32_bytes(stored)) {
		_mm_prefetch((const char *)p + AHEAD_BYTES, _MM_HINT_T0);
		_mm512_storeu_si512(to + i,
		    (__m512i)jk_x86_block_bf16(stored, p));
	}
}

static void
to_bf16(const float *from, uint16_t *to, size_t n)
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

#elif defined(__AVX2__)
#include "quant/block_avx2.h"

JK_INLINE void
blocks_to_f32(uint32_t stored, const uint8_t *p, float *to, size_t n)
{
	__m256 v[4];
	size_t i;
	int j;

	for (i = 0; i < n; i += 32, p += jk_block32_bytes(stored)) {
		jk_avx2_block(stored, p, v);
		for (j = 0; j < 4; j++)
			_mm256_storeu_ps(to + i + 8 * j, v[j]);
	}
}
#endif

#if !defined(__AVX512BF16__)
static void
to_bf16(const float *restrict from, uint16_t *restrict to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = jk_to_bf16(from[i]);
}
#endif

/* `decode` of a row of one of the types above; false for another. */
#define IN_REGISTERS(decode) \
	switch (stored) { \
	case JK_Q4_0: decode(JK_Q4_0, from, to, k); return true; \
	case JK_Q4_1: decode(JK_Q4_1, from, to, k); return true; \
	case JK_Q5_0: decode(JK_Q5_0, from, to, k); return true; \
	case JK_Q8_0: decode(JK_Q8_0, from, to, k); return true; \
	default: return false; \
	}

static bool
row_to_f32(uint32_t stored, const void *from, float *to, size_t k)
{
#if defined(__AVX2__)
	IN_REGISTERS(blocks_to_f32)
#else
	(void)stored, (void)from, (void)to, (void)k;
	return false;
#endif
}

static bool
row_to_bf16(uint32_t stored, const void *from, uint16_t *to, size_t k)
{
#if defined(__AVX512BF16__)
	IN_REGISTERS(blocks_to_bf16)
#else
	(void)stored, (void)from, (void)to, (void)k;
	return false;
#endif
}

bool
jk_decodes_quickly(uint32_t stored)
{
#if defined(__AVX512BF16__)
	return row_to_f32(stored, NULL, NULL, 0);
#else
	(void)stored;
	return false;
#endif
}

enum { CHUNK = 1024 };	/* a multiple of every type's block */

void
jk_convert_row(uint32_t stored, const void *from, uint32_t type, void *to,
    size_t k)
{
	const char *src = from;
	uint16_t *dst = to;
	float f[CHUNK];
	size_t i, n;

	if (type == stored) {
		memcpy(to, from, jk_type_bytes(type, k));
		return;
	}
	if (type == JK_F32) {
		if (!row_to_f32(stored, from, to, k))
			jk_dequantize(stored, from, to, k);
		return;
	}
	if (row_to_bf16(stored, from, to, k))
		return;
	for (i = 0; i < k; i += n) {
		n = k - i < CHUNK ? k - i : CHUNK;
		jk_dequantize(stored, src, f, n);
		src += jk_type_bytes(stored, n);
		to_bf16(f, dst + i, n);
	}
}
