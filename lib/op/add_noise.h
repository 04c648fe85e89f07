#ifndef JK_OP_ADD_NOISE_H
#define JK_OP_ADD_NOISE_H

#include "op/shared.h"

/*
 * y[t, i] += scale * (2 u - 1): uniform noise on the embedding of the rows'
 * tokens.  u in [0, 1) is the upper 24 bits of word i mod 4 of
 *	Philox4x32-10(counter = (i / 4, position(t), ordinal(t), step),
 *	              key = (seed_low, seed_high ^ JK_NOISE_KEY))
 * so that a row has the same noise in whatever pack it comes.
 *
 * rows [T] struct jk_row; y [T, C] in type.
 * Tolerance host/Vulkan: 1e-6 of the largest |y|.
 * Source: Jain et al., "NEFTune: Noisy Embeddings Improve Instruction
 * Finetuning", 2023 (arXiv 2310.05914).
 */
struct jk_add_noise {
	JK_ROWS rows;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* C */
	uint32_t step;	/* optimizer step, from 0 */
	uint32_t seed_low;
	uint32_t seed_high;
	uint32_t type;	/* of y */
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_add_noise) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(add_noise);

JK_DISPATCH(add_noise)
{
	return jk_linear(d, JK_SHADER_add_noise,
	    (uint64_t)a->n_rows * jk_over(a->dim, 4), JK_GROUP);
}
#endif

#endif
