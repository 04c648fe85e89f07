#ifndef JK_OP_GLU_DOWN_H
#define JK_OP_GLU_DOWN_H

#include "op/shared.h"

/*
 * glu, and lora_down of what comes out:
 *	y[t, i] = act(gate[t, i]) * up[t, i]
 *	z[t, p * R + r] = keep_scale
 *	* sum_k mask[p, t, k] * y[t, k] * A[p * R + r, k]
 *
 * One operation, as rms_norm_down is.  Shapes as there, K = F.
 * Tolerance host/Vulkan: 2e-5 of the largest of each.
 */
struct jk_glu_down {
	JK_ACT gate;
	JK_ACT up;
	JK_MADE y;
	JK_FLOATS a;
	JK_WORDS mask;
	JK_FLOATS z;
	uint32_t n_rows;	/* T */
	uint32_t dim;	/* F */
	uint32_t ldx;
	uint32_t ldy;
	uint32_t kind;
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t type;
	float keep_scale;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_glu_down) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(glu_down);

JK_DISPATCH(glu_down)
{
	d->constants[JK_CONST_MASKED] = a->mask != 0;
	return jk_lora_inner(d, JK_SHADER_glu_down, a->n_rows, 1, err);
}
#endif

#endif
