#include "quant/rows_avx512.h"

#include "isa/isa.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")

#include "quant/block_avx2.h"

JK_AVX2 void
blocks(uint32_t stored, const uint8_t *p, float *to, size_t n)
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

bool
jk_avx2_blocks_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	if (jk_isa_best() > JK_ISA_v3)
		return false;
	switch (stored) {
	case JK_Q4_0: blocks(JK_Q4_0, from, to, n); return true;
	case JK_Q4_1: blocks(JK_Q4_1, from, to, n); return true;
	case JK_Q5_0: blocks(JK_Q5_0, from, to, n); return true;
	case JK_Q8_0: blocks(JK_Q8_0, from, to, n); return true;
	default: return false;
	}
}

#pragma GCC pop_options

#else

bool
jk_avx2_blocks_to_f32(uint32_t stored, const void *from, float *to, size_t n)
{
	(void)stored, (void)from, (void)to, (void)n;
	return false;
}

#endif
