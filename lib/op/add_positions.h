#ifndef JK_OP_ADD_POSITIONS_H
#define JK_OP_ADD_POSITIONS_H

#include "op/shared.h"

/*
 * y[t, :] += table[position(t), :]: learned positions, added to the embedding
 * of the rows' tokens.
 *
 * rows [T] struct jk_row, whose positions begin with 0 in each record; table
 * [n_positions, C] f32; y [T, C] in type.  A position behind the table is the
 * caller's error, which the host refuses.
 * Tolerance host/Vulkan: equal bits in f32.
 * Source: Radford et al., "Language Models are Unsupervised Multitask
 * Learners", 2019 (wpe).
 */
struct jk_add_positions {
	JK_ROWS rows;
	JK_FLOATS table;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* C */
	uint32_t n_positions;
	uint32_t type;	/* of y */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_add_positions) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(add_positions);

JK_DISPATCH(add_positions)
{
	return jk_linear(d, JK_SHADER_add_positions,
	    (uint64_t)a->n_rows * a->dim, JK_GROUP);
}
#endif

#endif
