#include "op/dropout_mask.h"

#include "base/philox.h"
#include "op/op.h"
#include "op/simd.h"

enum { CALLS = 16 };	/* of Philox, side by side: 128 features */

/*
 * jk_philox on CALLS counters that differ in c0 alone, loop by loop, so that
 * each loop is vector instructions.
 */
JK_INLINE void
philox_many(uint32_t v[4][CALLS], uint32_t k0, uint32_t k1)
{
	int round, i;

	for (round = 0; round < 10; round++) {
#pragma omp simd
		for (i = 0; i < CALLS; i++) {
			uint64_t p0 = (uint64_t)0xD2511F53u * v[0][i];
			uint64_t p1 = (uint64_t)0xCD9E8D57u * v[2][i];
			uint32_t n0 = (uint32_t)(p1 >> 32) ^ v[1][i] ^ k0;
			uint32_t n2 = (uint32_t)(p0 >> 32) ^ v[3][i] ^ k1;

			v[1][i] = (uint32_t)p1;
			v[3][i] = (uint32_t)p0;
			v[0][i] = n0;
			v[2][i] = n2;
		}
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
}

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
	uint32_t at, i, j;

	for (at = 0; at < n_bytes; at += CALLS) {
		uint32_t v[4][CALLS], bits[CALLS] = { 0 };

		for (i = 0; i < CALLS; i++) {
			v[0][i] = at + i;
			v[1][i] = position;
			v[2][i] = ordinal;
			v[3][i] = step;
		}
		philox_many(v, k0, k1);
		for (j = 0; j < 4; j++)
			for (i = 0; i < CALLS; i++)
				bits[i] |= (uint32_t)((v[j][i] & 0xffff) >=
				    threshold) << (2 * j) |
				    (uint32_t)(v[j][i] >> 16 >= threshold) <<
				    (2 * j + 1);
		for (i = 0; i < CALLS && at + i < n_bytes; i++)
			mask[at + i] = (uint8_t)bits[i];
	}
	for (i = dim; i < 32 * n_words; i++)
		mask[i / 8] &= (uint8_t)~(1u << (i % 8));
}

JK_HOST_OP(dropout_mask)
{
	const struct jk_row *rows = (const struct jk_row *)(uintptr_t)a->rows;
	uint32_t *mask = (uint32_t *)(uintptr_t)a->mask;
	const uint32_t n_words = (a->dim + 31) / 32;
	uint32_t t, p;

	(void)host;
	(void)err;
#pragma omp parallel for schedule(static) private(p) \
	if ((uint64_t)a->n_rows * a->n_proj * a->dim > JK_MIN_PARALLEL)
	for (t = 0; t < a->n_rows; t++)
		for (p = 0; p < a->n_proj; p++)
			mask_row((uint8_t *)(mask + ((size_t)p * a->n_rows +
			    t) * n_words), n_words, a->dim, rows[t].position,
			    rows[t].ordinal, a->step, a->seed_low,
			    a->seed_high ^ (uint32_t)JK_STREAM_DROPOUT << 24 ^
			    (a->site + p), a->threshold);
	return 0;
}
