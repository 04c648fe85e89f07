#include "op/adamw.h"

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/adamw_step.h"

enum { BLOCK = 4096 };

static void
update(const struct jk_adamw *a, size_t at, uint32_t n)
{
	float *restrict param = (float *)(uintptr_t)a->param + at;
	const float *restrict grad = (const float *)(uintptr_t)a->grad + at;
	float *restrict m = (float *)(uintptr_t)a->m + at;
	float *restrict v = (float *)(uintptr_t)a->v + at;
	const struct jk_adamw_rates rates = JK_ADAMW_RATES(a);
	uint32_t i;

#pragma omp simd
	for (i = 0; i < n; i++)
		jk_adamw_step(&rates, grad[i], &param[i], &m[i], &v[i]);
}

JK_HOST_OP(adamw)
{
	size_t at;

	(void)err;
	if (JK_CLIPPING_OF(a)->failed)
		return 0;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, a->n))
	for (at = 0; at < a->n; at += BLOCK)
		update(a, at, a->n - at < BLOCK ? (uint32_t)(a->n - at) :
		    BLOCK);
	return 0;
}
