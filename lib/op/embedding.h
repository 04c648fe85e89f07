#ifndef JK_OP_EMBEDDING_H
#define JK_OP_EMBEDDING_H

#include "op/shared.h"

/*
 * y[t, :] = scale * W[token(t), :]
 *
 * rows [T] struct jk_row; w [V, C] in weight_type; y [T, C] in type.
 * scale is 1, or sqrt(C) for Gemma (rounded to bf16 there: Gemma 3's reference
 * keeps the factor in the dtype of its embedding).
 * Tolerance host/Vulkan: equal bits in f32.
 * Source: each model's reference implementation in transformers.
 */
struct jk_embedding {
	JK_ROWS rows;
	JK_WEIGHTS w;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* C */
	uint32_t n_vocab;	/* V */
	uint32_t weight_type;
	uint32_t type;	/* of y */
	float scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_embedding) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(embedding);

JK_DISPATCH(embedding)
{
	d->constants[JK_CONST_WEIGHT_TYPE] = a->weight_type;
	return jk_linear(d, JK_SHADER_embedding,
	    a->n_rows * jk_over(a->dim, 8), JK_GROUP);
}
#endif

#endif
