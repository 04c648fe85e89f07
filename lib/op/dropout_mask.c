#include "op/dropout_mask.h"

#include "base/philox.h"
#include "op/op.h"
#include "op/simd.h"

enum { CALLS = 16 };	/* of Philox, side by side: 128 features */

/*
 * The mask of one row and projection, byte by byte: one call gives the bits
 * of eight features, the first lowest, in little-endian words.
 */
JK_CLONES static void
mask_row(uint8_t *mask, uint32_t n_words, uint32_t dim, uint32_t position,
    uint32_t ordinal, uint32_t step, uint32_t k0, uint32_t k1,
    uint32_t threshold)
{
	const uint32_t n_bytes = 4 * n_words;
	uint32_t at, i, j;

	for (at = 0; at < n_bytes; at += CALLS) {
		uint32_t bits[CALLS];

#pragma omp simd
		for (i = 0; i < CALLS; i++) {
			struct jk_philox r = jk_philox(at + i, position,
			    ordinal, step, k0, k1);
			uint32_t b = 0;

			for (j = 0; j < 4; j++) {
				b |= ((r.v[j] & 0xffff) >= threshold) <<
				    (2 * j);
				b |= (r.v[j] >> 16 >= threshold) <<
				    (2 * j + 1);
			}
			bits[i] = b;
		}
		for (i = 0; i < CALLS && at + i < n_bytes; i++)
			mask[at + i] = (uint8_t)bits[i];
	}
	for (i = dim; i < 32 * n_words; i++)
		mask[i / 8] &= (uint8_t)~(1u << (i % 8));
}

int
jk_op_dropout_mask(const struct jk_dropout_mask *a, struct jk_host *host,
    struct jk_err *err)
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
