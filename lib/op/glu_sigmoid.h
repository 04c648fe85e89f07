#ifndef JK_OP_GLU_SIGMOID_H
#define JK_OP_GLU_SIGMOID_H

#include "isa/simd.h"
#include "op/glu.h"

/*
 * act(x) / x of glu, gelu and their ways back on the host: a sigmoid, since
 * the (1 + tanh(z)) / 2 of GELU is the sigmoid of 2 z.
 */
JK_INLINE float
jk_glu_sigmoid(float x, uint32_t kind)
{
	return jk_sigmoidf(kind == JK_GLU_SILU ? x :
	    2 * JK_GELU_SCALE * (x + JK_GELU_CUBE * x * x * x));
}

/* act and its derivative, by what they share. */
JK_INLINE void
jk_glu_act(float x, uint32_t kind, float *y, float *dy)
{
	const float s = jk_glu_sigmoid(x, kind);

	*y = x * s;
	*dy = kind == JK_GLU_SILU ? s + x * s * (1 - s) :
	    s + x * s * (1 - s) * 2 * JK_GELU_SCALE *
	    (1 + 3 * JK_GELU_CUBE * x * x);
}

#endif
