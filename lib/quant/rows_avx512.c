#include "quant/rows_avx512.h"

#include "isa/isa.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

bool
jk_x86_has_avx512_bf16(void)
{
	return jk_isa_best() == JK_ISA_bf16;
}

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4,avx512bf16")

#include "quant/block_avx512.h"

void
jk_x86_to_bf16(const float *from, uint16_t *to, size_t n)
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

/*
 * Decoding is interrupted by the products of each 16 rows, and the processor's
 * own look-ahead with it: ask for what comes in some 3 KiB.
 */
enum { AHEAD_BYTES = 3072 };

JK_X86 void
to_bf16(uint32_t stored, const uint8_t *p, uint16_t *to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += 32, p += jk_block32_bytes(stored)) {
		_mm_prefetch((const char *)p + AHEAD_BYTES, _MM_HINT_T0);
		_mm512_storeu_si512(to + i,
		    (__m512i)jk_x86_block_bf16(stored, p));
	}
}

JK_X86 void
to_f32(uint32_t stored, const uint8_t *p, float *to, size_t n)
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

bool
jk_x86_blocks_to_bf16(uint32_t stored, const void *from, uint16_t *to,
    size_t n)
{
	switch (stored) {
	case JK_Q4_0: to_bf16(JK_Q4_0, from, to, n); return true;
	case JK_Q4_1: to_bf16(JK_Q4_1, from, to, n); return true;
	case JK_Q5_0: to_bf16(JK_Q5_0, from, to, n); return true;
	case JK_Q8_0: to_bf16(JK_Q8_0, from, to, n); return true;
	default: return false;
	}
}

bool
jk_x86_blocks_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	switch (stored) {
	case JK_Q4_0: to_f32(JK_Q4_0, from, to, n); return true;
	case JK_Q4_1: to_f32(JK_Q4_1, from, to, n); return true;
	case JK_Q5_0: to_f32(JK_Q5_0, from, to, n); return true;
	case JK_Q8_0: to_f32(JK_Q8_0, from, to, n); return true;
	default: return false;
	}
}

#pragma GCC pop_options

#else

bool
jk_x86_has_avx512_bf16(void)
{
	return false;
}

/* Never called: there is no such processor here. */
void
jk_x86_to_bf16(const float *from, uint16_t *to, size_t n)
{
	(void)from, (void)to, (void)n;
}

bool
jk_x86_blocks_to_bf16(uint32_t stored, const void *from, uint16_t *to,
    size_t n)
{
	(void)stored, (void)from, (void)to, (void)n;
	return false;
}

bool
jk_x86_blocks_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	(void)stored, (void)from, (void)to, (void)n;
	return false;
}

#endif
