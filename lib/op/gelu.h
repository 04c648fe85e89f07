#ifndef JK_OP_GELU_H
#define JK_OP_GELU_H

#include "op/shared.h"

/*
 * y[t, i] = gelu(x[t, i]), the tanh form that op/glu.h writes out: the
 * activation of a feed-forward part without a gate ("gelu_new" of GPT-2).
 *
 * x [T, F] in type, rows ldx apart; y [T, F] in type, rows ldy apart.
 * Tolerance host/Vulkan: 1e-5 relative.
 * Source: Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016.
 */
struct jk_gelu {
	JK_ACT x;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* F */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_gelu) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(gelu);

JK_DISPATCH(gelu)
{
	return jk_linear(d, JK_SHADER_gelu, (uint64_t)a->n_rows * a->dim,
	    JK_GROUP);
}
#endif

#endif
