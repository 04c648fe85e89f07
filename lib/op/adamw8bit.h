#ifndef JK_OP_ADAMW8BIT_H
#define JK_OP_ADAMW8BIT_H

#include "op/shared.h"

/*
 * adamw with moments stored in 8 bits, block by block of JK_MOMENT_BLOCK
 * elements:
 *	m = code_m[m8[i]] * absmax_m[b],  v = code_v[v8[i]] * absmax_v[b]
 * before, and after the update of adamw the block's largest magnitude and the
 * nearest code (the lower one of two as near) of each element over it.
 *
 * param, grad [n] f32; m8, v8 [n] bytes, four to a word, the first lowest;
 * absmax_m, absmax_v [ceil(n / JK_MOMENT_BLOCK)] f32; codes [2 * JK_CODES]
 * f32: the signed codes, ascending, then the unsigned ones, ascending.
 * Tolerance host/Vulkan: equal codes for 99.9 % of elements, neighbours else.
 * Source: Dettmers et al., "8-bit Optimizers via Block-wise Quantization",
 * 2022.
 */
struct jk_adamw8bit {
	JK_FLOATS param;
	JK_FLOATS grad;
	JK_CLIPPINGS clipping;
	JK_WORDS m8;
	JK_WORDS v8;
	JK_FLOATS absmax_m;
	JK_FLOATS absmax_v;
	JK_FLOATS codes;
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
_Static_assert(sizeof(struct jk_adamw8bit) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(adamw8bit);

JK_DISPATCH(adamw8bit)
{
	return jk_linear(d, JK_SHADER_adamw8bit, a->n, JK_MOMENT_BLOCK);
}
#endif

#endif
