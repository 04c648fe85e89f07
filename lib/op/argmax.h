#ifndef JK_OP_ARGMAX_H
#define JK_OP_ARGMAX_H

#include "op/shared.h"

/*
 * index[t] = the smallest v with the largest logits[t, v]
 *
 * logits [T, V] f32; index [T] words.  A row that holds a NaN gives V.
 * Tolerance host/Vulkan: equal.
 */
struct jk_argmax {
	JK_FLOATS logits;
	JK_WORDS index;
	uint32_t n_rows;	/* T */
	uint32_t n_vocab;	/* V */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_argmax) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(argmax);

JK_DISPATCH(argmax)
{
	return jk_linear(d, JK_SHADER_argmax, a->n_rows, 1);
}
#endif

#endif
