#ifndef JK_OP_ADAMW_STEP_H
#define JK_OP_ADAMW_STEP_H

#include <math.h>

#include "isa/simd.h"

/* The update of adamw and adamw8bit on the host (op/adamw.h). */

#define JK_CLIPPING_OF(a) ((const struct jk_clipping *)(uintptr_t)(a)->clipping)

struct jk_adamw_rates {
	float lr, beta1, beta2, eps, weight_decay, correction1, correction2;
	float factor, rest1, rest2;
};

/* Those of a call's arguments. */
#define JK_ADAMW_RATES(a) ((struct jk_adamw_rates){ .lr = (a)->lr, \
	.beta1 = (a)->beta1, .beta2 = (a)->beta2, .eps = (a)->eps, \
	.weight_decay = (a)->weight_decay, \
	.correction1 = (a)->correction1, .correction2 = (a)->correction2, \
	.factor = JK_CLIPPING_OF(a)->factor, .rest1 = (a)->rest1, \
	.rest2 = (a)->rest2 })

/* One parameter and its moments. */
JK_INLINE void
jk_adamw_step(const struct jk_adamw_rates *r, float grad, float *param,
    float *m, float *v)
{
	const float g = r->factor * grad;

	*m = r->beta1 * *m + r->rest1 * g;
	*v = r->beta2 * *v + r->rest2 * g * g;
	*param -= r->lr * (*m / r->correction1 /
	    (sqrtf(*v / r->correction2) + r->eps) +
	    r->weight_decay * *param);
}

#endif
