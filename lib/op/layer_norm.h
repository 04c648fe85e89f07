#ifndef JK_OP_LAYER_NORM_H
#define JK_OP_LAYER_NORM_H

#include "op/shared.h"

/*
 * For each row t, over i < dim:
 *	m = mean_i(x[t, i]),  s = 1 / sqrt(mean_i((x[t, i] - m)^2) + eps)
 *	y[t, i] = (x[t, i] - m) * s * w[i] + b[i]
 *
 * x and y [T, dim] in type, rows ldx and ldy elements apart; w and b [dim] f32.
 * In place (x = y) is allowed.  Statistics in f32, the mean before the
 * squares: a row whose mean is large keeps its variance.
 * Tolerance host/Vulkan: 2e-6 relative.
 * Source: Ba, Kiros, Hinton, "Layer Normalization", 2016.
 */
struct jk_layer_norm {
	JK_ACT x;
	JK_FLOATS w;
	JK_FLOATS b;
	JK_ACT y;
	uint32_t n_rows;	/* T */
	uint32_t dim;
	uint32_t ldx;
	uint32_t ldy;
	uint32_t type;
	float eps;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_layer_norm) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(layer_norm);

JK_DISPATCH(layer_norm)
{
	d->constants[JK_CONST_HELD] = (uint32_t)jk_over(a->dim, JK_GROUP);
	return jk_linear(d, JK_SHADER_layer_norm, a->n_rows, 1);
}
#endif

#endif
