#ifndef JK_OP_GLU_SIGMOID_H
#define JK_OP_GLU_SIGMOID_H

#include "isa/simd.h"
#include "op/glu.h"

/*
 * act(x) / x of glu and glu_back on the host: a sigmoid, since the
 * (1 + tanh(z)) / 2 of GELU is the sigmoid of 2 z.
 */
JK_INLINE float
jk_glu_sigmoid(float x, uint32_t kind)
{
	return jk_sigmoidf(kind == JK_GLU_SILU ? x :
	    2 * JK_GELU_SCALE * (x + JK_GELU_CUBE * x * x * x));
}

#endif
