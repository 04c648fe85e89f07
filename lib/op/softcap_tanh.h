#ifndef JK_OP_SOFTCAP_TANH_H
#define JK_OP_SOFTCAP_TANH_H

#include "isa/simd.h"

/* cap * tanh(x / cap) on the host, for logits and scores. */
JK_INLINE float
jk_softcapf(float x, float cap)
{
	return cap * (2 * jk_sigmoidf(2 / cap * x) - 1);
}

/* Its derivative, from what it gave. */
JK_INLINE float
jk_softcap_slope(float y, float cap)
{
	return 1 - y / cap * (y / cap);
}

#endif
