#include "cpu/dot_stored.h"

#include "quant/dtype.h"
#include "cpu/vec.h"

#ifdef __AVX512BF16__

#include "quant/block_avx512.h"

/* Bytes that are asked for before they are needed; see quant/rows.c. */
enum { AHEAD_BYTES = 1024 };

enum { ROWS = 4 };	/* at a time: enough sums to hide their latency */

JK_X86 void
dot(uint32_t stored, uint32_t type, const uint8_t *w, size_t row_bytes,
    const void *x, size_t k, float *out)
{
	const size_t step = jk_block32_bytes(stored);
	jk_vec s[JK_DOT_ROWS];
	size_t i, b;
	int j, r;

	for (j = 0; j < JK_DOT_ROWS; j += ROWS) {
		const uint8_t *p = w + (size_t)j * row_bytes;
		__m512 acc[ROWS] = { _mm512_setzero_ps(), _mm512_setzero_ps(),
			_mm512_setzero_ps(), _mm512_setzero_ps() };

		for (i = b = 0; i < k; i += 32, b += step) {
#pragma GCC unroll 4
			for (r = 0; r < ROWS; r++) {
				const uint8_t *at = p + (size_t)r * row_bytes +
				    b;

				_mm_prefetch((const char *)at + AHEAD_BYTES,
				    _MM_HINT_T0);
				if (type == JK_BF16) {
					acc[r] = _mm512_dpbf16_ps(acc[r],
					    (__m512bh)_mm512_loadu_si512(
					    (const uint16_t *)x + i),
					    jk_x86_block_bf16(stored, at));
				} else {
					__m512 low, high;

					jk_x86_block_f32(stored, at,
					    &low, &high);
					acc[r] = _mm512_fmadd_ps(low,
					    _mm512_loadu_ps((const float *)x +
					    i), acc[r]);
					acc[r] = _mm512_fmadd_ps(high,
					    _mm512_loadu_ps((const float *)x +
					    i + 16), acc[r]);
				}
			}
		}
		for (r = 0; r < ROWS; r++)
			s[j + r] = (jk_vec)acc[r];
	}
	jk_vec_store(out, 0, JK_F32, jk_vec_sums(s));
}

#define DOT(STORED, TYPE) \
static void \
dot_##STORED##_##TYPE(const void *w, size_t row_bytes, const void *x, size_t k, \
    float out[JK_DOT_ROWS]) \
{ \
	dot(JK_##STORED, JK_##TYPE, w, row_bytes, x, k, out); \
}
DOT(Q4_0, F32)
DOT(Q4_0, BF16)
DOT(Q4_1, F32)
DOT(Q4_1, BF16)
DOT(Q5_0, F32)
DOT(Q5_0, BF16)
DOT(Q8_0, F32)
DOT(Q8_0, BF16)
#undef DOT

jk_dot_stored_fn *
jk_dot_stored(uint32_t stored, uint32_t type)
{
	bool bf16 = type == JK_BF16;

	switch (stored) {
	case JK_Q4_0: return bf16 ? dot_Q4_0_BF16 : dot_Q4_0_F32;
	case JK_Q4_1: return bf16 ? dot_Q4_1_BF16 : dot_Q4_1_F32;
	case JK_Q5_0: return bf16 ? dot_Q5_0_BF16 : dot_Q5_0_F32;
	case JK_Q8_0: return bf16 ? dot_Q8_0_BF16 : dot_Q8_0_F32;
	default: return NULL;
	}
}

#elif defined(__AVX2__) && JK_VEC_BYTES == 32

#include "quant/block_avx2.h"

enum { ROWS = 4 };	/* at a time: enough sums to hide their latency */

JK_AVX2 void
dot(uint32_t stored, const uint8_t *w, size_t row_bytes, const float *x,
    size_t k, float *out)
{
	const size_t step = jk_block32_bytes(stored);
	jk_vec s[JK_DOT_ROWS];
	size_t i, b;
	int j, r, v;

	for (j = 0; j < JK_DOT_ROWS; j += ROWS) {
		const uint8_t *p = w + (size_t)j * row_bytes;
		__m256 acc[ROWS] = { _mm256_setzero_ps(), _mm256_setzero_ps(),
			_mm256_setzero_ps(), _mm256_setzero_ps() };

		for (i = b = 0; i < k; i += 32, b += step) {
#pragma GCC unroll 4
			for (r = 0; r < ROWS; r++) {
				__m256 block[4];

				jk_avx2_block(stored, p + (size_t)r *
				    row_bytes + b, block);
#pragma GCC unroll 4
				for (v = 0; v < 4; v++)
					acc[r] = _mm256_fmadd_ps(block[v],
					    _mm256_loadu_ps(x + i + 8 * v),
					    acc[r]);
			}
		}
		for (r = 0; r < ROWS; r++)
			s[j + r] = (jk_vec)acc[r];
	}
	for (j = 0; j < JK_DOT_ROWS; j += JK_LANES)
		jk_vec_store(out, (size_t)j, JK_F32, jk_vec_sums(s + j));
}

#define DOT(STORED) \
static void \
dot_##STORED(const void *w, size_t row_bytes, const void *x, size_t k, \
    float out[JK_DOT_ROWS]) \
{ \
	dot(JK_##STORED, w, row_bytes, x, k, out); \
}
DOT(Q4_0)
DOT(Q4_1)
DOT(Q5_0)
DOT(Q8_0)
#undef DOT

jk_dot_stored_fn *
jk_dot_stored(uint32_t stored, uint32_t type)
{
	if (type != JK_F32)
		return NULL;
	switch (stored) {
	case JK_Q4_0: return dot_Q4_0;
	case JK_Q4_1: return dot_Q4_1;
	case JK_Q5_0: return dot_Q5_0;
	case JK_Q8_0: return dot_Q8_0;
	default: return NULL;
	}
}

#else

jk_dot_stored_fn *
jk_dot_stored(uint32_t stored, uint32_t type)
{
	(void)stored;
	(void)type;
	return NULL;
}

#endif
