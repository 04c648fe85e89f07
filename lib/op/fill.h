#ifndef JK_OP_FILL_H
#define JK_OP_FILL_H

#include "op/shared.h"

/*
 * x[i] = value for n words: f32 numbers, or any words by their bits.
 * Tolerance host/Vulkan: equal bits.
 */
struct jk_fill {
	JK_WORDS x;
	uint32_t n;
	uint32_t value;	/* bits */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_fill) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(fill);

JK_DISPATCH(fill)
{
	return jk_linear(d, JK_SHADER_fill, a->n, JK_GROUP);
}
#endif

#endif
