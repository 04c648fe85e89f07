#ifndef JK_OP_CROSS_ENTROPY_H
#define JK_OP_CROSS_ENTROPY_H

#include "op/shared.h"

/*
 * For each row t of a chunk:
 *	lse     = log sum_v exp(logits[t, v])
 *	loss[t] = lse - logits[t, target[t]]				(nats)
 *	d[t, v] = scale * weight[t] * (exp(logits[t, v] - lse) - (v == target[t]))
 * d is the gradient of scale * sum of weight[t] * loss[t]; absent: loss only.
 * It may take the place of the logits, row by row: ldd is V for f32, 2 V for
 * bf16 then.  Without weights all are 1.  With cap > 0 the logits are those that
 * op/softcap.h made, and d is the gradient of what they were made of: it is
 * multiplied by 1 - (logits[t, v] / cap)^2.  A loss that is not finite makes
 * clipping->failed (op/clip.h) 1.
 *
 * logits [T, V] f32; target [T] words; weight [T] f32; loss [T] f32; d [T, V]
 * in type_d, rows ldd apart.
 * Not finite logits give a not finite loss.
 * Tolerance host/Vulkan: 1e-5 relative for loss, 1e-5 of the largest |d|.
 */
struct jk_cross_entropy {
	JK_FLOATS logits;
	JK_WORDS target;
	JK_FLOATS weight;	/* or 0 */
	JK_FLOATS loss;
	JK_CLIPPINGS clipping;	/* or 0 */
	JK_ACT d;
	uint32_t n_rows;	/* T */
	uint32_t n_vocab;	/* V */
	uint32_t ldd;
	uint32_t type_d;
	float scale;
	float cap;	/* 0: none */
};

#ifndef VULKAN
_Static_assert(sizeof(struct jk_cross_entropy) <= 128, "push constants");

/* The host version.  Errors: JK_ESYS. */
JK_HOST_OP(cross_entropy);

JK_DISPATCH(cross_entropy)
{
	d->constants[JK_CONST_GRADIENT] = a->d != 0;
	d->constants[JK_CONST_CAPPED] = a->cap > 0;
	d->constants[JK_CONST_WEIGHTED] = a->weight != 0;
	d->constants[JK_CONST_CHECKED] = a->clipping != 0;
	return jk_linear(d, JK_SHADER_cross_entropy, a->n_rows, 1);
}
#endif

#endif
