#ifndef JK_OP_SOFTCAP_H
#define JK_OP_SOFTCAP_H

#include "op/shared.h"

/*
 * x[i] = cap * tanh(x[i] / cap), in place: logits that stay between -cap and
 * cap.  What it does to a gradient is a part of op/cross_entropy.h; scores of
 * attention are capped in op/attention.h.
 *
 * x [N] f32; cap > 0.
 * Tolerance host/Vulkan: 4e-6 of the largest.
 * Source: Gemma Team, "Gemma 2: Improving Open Language Models at a Practical
 * Size", 2024, section 2.
 */
struct jk_softcap {
	JK_FLOATS x;
	uint32_t n;	/* N */
	float cap;
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_softcap) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(softcap);

JK_DISPATCH(softcap)
{
	return jk_linear(d, JK_SHADER_softcap, a->n, JK_GROUP);
}
#endif

#endif
