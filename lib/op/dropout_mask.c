#include "op/dropout_mask.h"

#include "base/philox.h"
#include "cpu/cpu.h"
#include "cpu/vec.h"
#ifdef __x86_64__
#include <immintrin.h>
#endif

/*
 * Numbers in 64-bit lanes, of which the lower halves count: products need no
 * rearrangement then.  CALLS of Philox stand side by side, to hide the latency
 * of a product, as many as the registers hold.
 */
typedef uint64_t lanes __attribute__((vector_size(JK_VEC_BYTES)));
enum { VECTORS = 2, WIDTH = JK_VEC_BYTES / 8, CALLS = VECTORS * WIDTH };

/* Products of the lower halves. */
JK_INLINE lanes
product(lanes a, uint32_t b)
{
	lanes bv = (uint64_t)b - (lanes){ 0 };

#if defined(__AVX512F__) && JK_VEC_BYTES == 64
	return (lanes)_mm512_mul_epu32((__m512i)a, (__m512i)bv);
#elif defined(__AVX2__) && JK_VEC_BYTES == 32
	return (lanes)_mm256_mul_epu32((__m256i)a, (__m256i)bv);
#elif defined(__SSE2__) && JK_VEC_BYTES == 16
	return (lanes)_mm_mul_epu32((__m128i)a, (__m128i)bv);
#else
	return (a & 0xffffffffu) * bv;
#endif
}

/* jk_philox on counters that differ in the first word alone. */
JK_INLINE void
philox_many(lanes v[4][VECTORS], uint32_t k0, uint32_t k1)
{
	int round, i;

	for (round = 0; round < 10; round++) {
#pragma GCC unroll 8
		for (i = 0; i < VECTORS; i++) {
			lanes p0 = product(v[0][i], 0xD2511F53u);
			lanes p1 = product(v[2][i], 0xCD9E8D57u);

			v[0][i] = p1 >> 32 ^ v[1][i] ^ k0;
			v[2][i] = p0 >> 32 ^ v[3][i] ^ k1;
			v[1][i] = p1;
			v[3][i] = p0;
		}
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
}

/*
 * What calls keep, a byte each: bit 2 j is whether the lower 16 bits of word j reach
 * the threshold, bit 2 j + 1 the upper ones.
 */
#if defined(__AVX512BW__) && defined(__BMI2__) && JK_VEC_BYTES == 64
/* Four bits of a call from the lower halves of two words. */
JK_INLINE uint32_t
compare(lanes a, lanes b, uint32_t threshold)
{
	const __m512i both = _mm512_mask_blend_epi32(0xaaaa, (__m512i)a,
	    (__m512i)(b << 32));

	return _mm512_cmpge_epu16_mask(both,
	    _mm512_set1_epi16((short)threshold));
}

JK_INLINE void
keep(lanes v[4][VECTORS], uint32_t threshold, uint8_t bytes[CALLS])
{
	int i;

	for (i = 0; i < VECTORS; i++) {
		/* a threshold of 65536 keeps nothing */
		const uint64_t eight = threshold > 0xffff ? 0 :
		    _pdep_u64(compare(v[0][i], v[1][i], threshold),
		    0x0f0f0f0f0f0f0f0f) |
		    _pdep_u64(compare(v[2][i], v[3][i], threshold),
		    0xf0f0f0f0f0f0f0f0);

		memcpy(bytes + i * WIDTH, &eight, WIDTH);
	}
}
#else
/* One bit of the lowest byte: whether a number of 16 bits reaches threshold. */
JK_INLINE lanes
kept(lanes number, uint32_t threshold, int bit)
{
	/* the difference's sign */
	return (~(number - threshold) >> 63) << bit;
}

JK_INLINE void
keep(lanes v[4][VECTORS], uint32_t threshold, uint8_t bytes[CALLS])
{
	uint64_t words[CALLS];
	lanes bits[VECTORS] = { { 0 } };
	int i, j;

	for (j = 0; j < 4; j++)
		for (i = 0; i < VECTORS; i++)
			bits[i] |= kept(v[j][i] & 0xffff, threshold, 2 * j) |
			    kept(v[j][i] >> 16 & 0xffff, threshold, 2 * j + 1);
	memcpy(words, bits, sizeof words);
	for (i = 0; i < CALLS; i++)
		bytes[i] = (uint8_t)words[i];
}
#endif

/*
 * The mask of one row and projection, byte by byte: one call gives the bits
 * of eight features, the first lowest, in little-endian words.
 */
static void
mask_row(uint8_t *mask, uint32_t n_words, uint32_t dim, uint32_t position,
    uint32_t ordinal, uint32_t step, uint32_t k0, uint32_t k1,
    uint32_t threshold)
{
	const uint32_t n_bytes = 4 * n_words;
	uint32_t at, i;

	for (at = 0; at < n_bytes; at += CALLS) {
		lanes v[4][VECTORS];
		uint64_t first[CALLS];
		uint8_t bytes[CALLS];

		for (i = 0; i < CALLS; i++)
			first[i] = at + i;
		memcpy(v[0], first, sizeof first);
		for (i = 0; i < VECTORS; i++) {
			v[1][i] = (uint64_t)position - (lanes){ 0 };
			v[2][i] = (uint64_t)ordinal - (lanes){ 0 };
			v[3][i] = (uint64_t)step - (lanes){ 0 };
		}
		philox_many(v, k0, k1);
		keep(v, threshold, bytes);
		memcpy(mask + at, bytes, n_bytes - at < CALLS ? n_bytes - at :
		    CALLS);
	}
	for (i = dim; i < 32 * n_words; i++)
		mask[i / 8] &= (uint8_t)~(1u << (i % 8));
}

_Static_assert(JK_DROPOUT_KEY == (uint32_t)JK_STREAM_DROPOUT << 24,
    "the shader's stream is the host's");

JK_HOST_OP(dropout_mask)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	uint32_t *mask = (uint32_t *)(uintptr_t)a->mask;
	const uint32_t n_words = (a->dim + 31) / 32;
	uint32_t t, p;

	(void)err;
#pragma omp parallel for schedule(static) private(p) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
	a->n_proj * a->dim))
	for (t = 0; t < a->n_rows; t++)
		for (p = 0; p < a->n_proj; p++)
			mask_row((uint8_t *)(mask + ((size_t)p * a->n_rows +
			    t) * n_words), n_words, a->dim, rows[t].position,
			    rows[t].ordinal, a->step, a->seed_low,
			    a->seed_high ^ JK_DROPOUT_KEY ^ (a->site + p),
			    a->threshold);
	return 0;
}
