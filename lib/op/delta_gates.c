#include "op/delta_gates.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

/* log(1 + exp(v)), which overflows nowhere and keeps what is small */
static float
softplus(float v)
{
	return (v > 0 ? v : 0) + log1pf(expf(-fabsf(v)));
}

JK_HOST_OP(delta_gates)
{
	const float *a_log = (const float *)(uintptr_t)a->a_log;
	const float *dt_bias = (const float *)(uintptr_t)a->dt_bias;
	const uint32_t n = a->n_heads;
	uint32_t t, h;

	(void)err;
#pragma omp parallel for private(h) num_threads(jk_cpu_parallel(cpu, \
	(uint64_t)a->n_rows * n))
	for (t = 0; t < a->n_rows; t++) {
		const void *x = jk_at(a->x, (size_t)t * a->ldx, a->type);
		float *y = (float *)(uintptr_t)a->y + (size_t)t * 2 * n;

		for (h = 0; h < n; h++) {
			y[h] = -expf(a_log[h]) * softplus(jk_load(x, n + h,
			    a->type) + dt_bias[h]);
			y[n + h] = jk_sigmoidf(jk_load(x, h, a->type));
		}
	}
	return 0;
}
