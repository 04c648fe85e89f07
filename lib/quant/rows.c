#include "quant/rows.h"

#include <stdbool.h>
#include <string.h>

#include "quant/decode.h"
#include "quant/rows_avx512.h"
#include "isa/simd.h"

enum { CHUNK = 1024 };	/* a multiple of every type's block */

JK_CLONES static void
to_bf16(const float *restrict from, uint16_t *restrict to, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = jk_to_bf16(from[i]);
}

bool
jk_convert_is_quick(uint32_t stored)
{
	return jk_x86_has_avx512_bf16() &&
	    jk_x86_blocks_to_f32(stored, NULL, NULL, 0);
}

void
jk_convert_row(uint32_t stored, const void *from, uint32_t type, void *to,
    size_t k)
{
	const char *src = from;
	uint16_t *dst = to;
	float f[CHUNK];
	size_t i, n;
	bool fast = jk_x86_has_avx512_bf16();

	if (type == stored) {
		memcpy(to, from, jk_type_bytes(type, k));
		return;
	}
	if (fast && (type == JK_F32 ?
	    jk_x86_blocks_to_f32(stored, from, to, k) :
	    jk_x86_blocks_to_bf16(stored, from, to, k)))
		return;
	if (type == JK_F32 && jk_avx2_blocks_to_f32(stored, from, to, k))
		return;
	if (type == JK_F32) {
		jk_dequantize(stored, from, to, k);
		return;
	}
	for (i = 0; i < k; i += n) {
		n = k - i < CHUNK ? k - i : CHUNK;
		jk_dequantize(stored, src, f, n);
		src += jk_type_bytes(stored, n);
		if (fast)
			jk_x86_to_bf16(f, dst + i, n);
		else
			to_bf16(f, dst + i, n);
	}
}

void
jk_convert_rows(uint32_t stored, const void *from, uint32_t type, void *to,
    size_t n_rows, size_t k, int n_threads)
{
	uint64_t from_bytes = jk_type_bytes(stored, k);
	uint64_t to_bytes = jk_type_bytes(type, k);
	size_t i;

	#pragma omp parallel for num_threads(n_threads)
	for (i = 0; i < n_rows; i++)
		jk_convert_row(stored, (const char *)from + i * from_bytes,
		    type, (char *)to + i * to_bytes, k);
}
