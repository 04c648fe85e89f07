#ifndef JK_OP_LORA_UP_H
#define JK_OP_LORA_UP_H

#include "op/lora_outputs.h"

/*
 * y[t, column[p] + n] += scale[p] * sum_r z[t, p * R + r] * B[row[p] + n, r]
 *
 * The up-projections of P projections that share their input, as one.  z
 * [T, P * R] f32, as lora_down writes it; B [sum N, R] f32; y in type, rows ldy
 * apart; scale is alpha / R, or alpha / sqrt(R) with rsLoRA.  With a residual,
 * rows ldy apart as well, that is added to the sum in y's type.
 * Tolerance host/Vulkan: 1e-5 of the largest |y|.
 */
struct jk_lora_up {
	JK_FLOATS z;
	JK_FLOATS b;
	JK_ACT y;
	JK_ACT residual;	/* or absent */
	uint32_t n_rows;	/* T */
	uint32_t n_proj;	/* P */
	uint32_t rank;	/* R */
	uint32_t ldy;
	uint32_t type;
	JK_OUTPUT outputs[JK_LORA_PROJECTIONS];
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_lora_up) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(lora_up);
JK_HOST_NEED(lora_up);

JK_DISPATCH(lora_up)
{
	d->constants[JK_CONST_RESIDUAL] = a->residual != 0;
	if (jk_grid(d, JK_SHADER_lora_up, jk_over(jk_lora_most(a->outputs,
	    a->n_proj), JK_GROUP), jk_over(a->n_rows, JK_LORA_ROWS), err) < 0)
		return -1;
	d->groups[2] = a->n_proj;
	return 1;
}
#endif

#endif
