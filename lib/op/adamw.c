#include "op/adamw.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

enum { BLOCK = 4096 };

static void
update(const struct jk_adamw *a, size_t at, uint32_t n)
{
	float *restrict param = (float *)(uintptr_t)a->param + at;
	const float *restrict grad = (const float *)(uintptr_t)a->grad + at;
	float *restrict m = (float *)(uintptr_t)a->m + at;
	float *restrict v = (float *)(uintptr_t)a->v + at;
	uint32_t i;

#pragma omp simd
	for (i = 0; i < n; i++) {
		float g = a->grad_scale * grad[i];

		m[i] = a->beta1 * m[i] + a->rest1 * g;
		v[i] = a->beta2 * v[i] + a->rest2 * g * g;
		param[i] -= a->lr * (m[i] / a->correction1 /
		    (sqrtf(v[i] / a->correction2) + a->eps) +
		    a->weight_decay * param[i]);
	}
}

JK_HOST_OP(adamw)
{
	size_t at;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, a->n))
	for (at = 0; at < a->n; at += BLOCK)
		update(a, at, a->n - at < BLOCK ? (uint32_t)(a->n - at) :
		    BLOCK);
	return 0;
}
