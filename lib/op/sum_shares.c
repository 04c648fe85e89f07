#include "op/sum_shares.h"

#include "cpu/cpu.h"

JK_HOST_OP(sum_shares)
{
	const float *x = (const float *)(uintptr_t)a->x;
	float *y = (float *)(uintptr_t)a->y;
	uint32_t i, s;

	(void)err;
#pragma omp parallel for schedule(static) private(s) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n * a->n_shares))
	for (i = 0; i < a->n; i++) {
		float sum = x[i];

		for (s = 1; s < a->n_shares; s++)
			sum += x[(size_t)s * a->n + i];
		y[i] = sum;
	}
	return 0;
}
