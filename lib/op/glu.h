#ifndef JK_OP_GLU_H
#define JK_OP_GLU_H

#include "op/shared.h"

/*
 * y[t, i] = act(gate[t, i]) * up[t, i]
 *
 * act is SiLU, x / (1 + exp(-x)) (kind JK_GLU_SILU), or the tanh form of GELU,
 * x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) (JK_GLU_GELU).
 * gate and up [T, F] in type, rows ldx apart; y [T, F] in type, rows ldy apart.
 * Tolerance host/Vulkan: 1e-5 relative.
 * Source: Shazeer, "GLU Variants Improve Transformer", 2020.
 */
/* kind of glu and glu_back */
#define JK_GLU_SILU 0u
#define JK_GLU_GELU 1u

#define JK_GELU_SCALE 0.7978845608028654f	/* sqrt(2 / pi) */
#define JK_GELU_CUBE 0.044715f

struct jk_glu {
	JK_ACT gate;
	JK_ACT up;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* F */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t kind;
	uint32_t type;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_glu) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(glu);

JK_DISPATCH(glu)
{
	return jk_linear(d, JK_SHADER_glu, (uint64_t)a->n_rows * a->dim,
	    JK_GROUP);
}
#endif

#endif
