#ifndef JK_OP_ADAMW_H
#define JK_OP_ADAMW_H

#include "op/shared.h"

/*
 * Unless clipping->failed is 1 (nothing is written then):
 * g = clipping->factor * grad[i]
 * m[i] = beta1 * m[i] + rest1 * g
 * v[i] = beta2 * v[i] + rest2 * g^2
 * param[i] -= lr * (m[i] / correction1 / (sqrt(v[i] / correction2) + eps)
 *                   + weight_decay * param[i])
 *
 * all [n] f32; correction1 = 1 - beta1^step, correction2 = 1 - beta2^step, step
 * counted from 1; rest1 and rest2 are 1 - beta1 and 1 - beta2, which f32 would
 * lose digits of; clipping, one, is of op/clip.h.  Decay uses the parameter from
 * before the step.
 * Tolerance host/Vulkan: 1e-6 of the largest |param|.
 * Source: Loshchilov, Hutter, "Decoupled Weight Decay Regularization", 2019.
 */
struct jk_adamw {
	JK_FLOATS param;
	JK_FLOATS grad;
	JK_FLOATS m;
	JK_FLOATS v;
	JK_CLIPPINGS clipping;
	uint32_t n;
	float lr;
	float beta1;
	float beta2;
	float eps;
	float weight_decay;
	float correction1;
	float correction2;
	float rest1;	/* 1 - beta1 */
	float rest2;	/* 1 - beta2 */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_adamw) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(adamw);

JK_DISPATCH(adamw)
{
	return jk_linear(d, JK_SHADER_adamw, a->n, JK_GROUP);
}
#endif

#endif
