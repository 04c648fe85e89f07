#ifndef JK_OP_COPY_ROWS_H
#define JK_OP_COPY_ROWS_H

#include "op/shared.h"

/*
 * mode JK_COPY_GATHER:   y[i, :] = x[index[i], :]
 * mode JK_COPY_SCATTER:  y[index[i], :] = x[i, :]
 *
 * for i < n_rows.  x and y [., dim], rows ldx and ldy apart, each in its own
 * type (a conversion between f32 and bf16 rounds to nearest even); index
 * [n_rows] words, distinct when scattering.  n_x and n_y are the rows behind x
 * and y.  Without index, row i goes to row i.
 * Tolerance host/Vulkan: equal bits.
 */
/* mode */
#define JK_COPY_GATHER 0u
#define JK_COPY_SCATTER 1u

struct jk_copy_rows {
	JK_ACT x;
	JK_WORDS index;
	JK_ACT y;
	uint32_t n_rows;
	uint32_t dim;
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;	/* of x */
	uint32_t type_y;
	uint32_t mode;
	uint32_t n_x;
	uint32_t n_y;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_copy_rows) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(copy_rows);

JK_DISPATCH(copy_rows)
{
	d->constants[JK_CONST_INDEXED] = a->index != 0;
	return jk_linear(d, JK_SHADER_copy_rows, (uint64_t)a->n_rows * a->dim,
	    JK_GROUP);
}
#endif

#endif
