#ifndef JK_OP_DROPOUT_MASK_H
#define JK_OP_DROPOUT_MASK_H

#include "op/shared.h"

/*
 * Bits that say which inputs of a LoRA projection are kept.  For projection p,
 * row t and feature i, with u the 16-bit number (i mod 8) of
 *	Philox4x32-10(counter = (i / 8, position(t), ordinal(t), step),
 *	              key = (seed_low, seed_high ^ stream ^ site + p))
 * (numbers 2j and 2j+1 are the low and the high half of word j), bit i mod 32
 * of word mask[p, t, i / 32] is 1, kept, when u >= threshold.  threshold is
 * round(65536 * dropout).  site is 8 * layer + the first projection's number in
 * q, k, v, o, gate, up, down; stream is JK_DROPOUT_KEY.  Bits behind
 * the last feature are 0.
 *
 * rows [T] struct jk_row; mask [P, T, ceil(K / 32)] words.
 * Tolerance host/Vulkan: equal bits.
 * Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
 */
struct jk_dropout_mask {
	JK_ROWS rows;
	JK_WORDS mask;
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t dim;	/* K */
	uint32_t step;	/* optimizer step, from 0 */
	uint32_t seed_low;
	uint32_t seed_high;
	uint32_t site;
	uint32_t threshold;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_dropout_mask) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(dropout_mask);

JK_DISPATCH(dropout_mask)
{
	return jk_linear(d, JK_SHADER_dropout_mask, (uint64_t)a->n_proj *
	    a->n_rows * jk_over(a->dim, 32), JK_GROUP);
}
#endif

#endif
