#include "op/delta_gates_back.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_HOST_OP(delta_gates_back)
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
		void *dx = jk_at(a->dx, (size_t)t * a->ldd, a->type);
		const float *dy = (const float *)(uintptr_t)a->dy +
		    (size_t)t * 2 * n;

		for (h = 0; h < n; h++) {
			float beta = jk_sigmoidf(jk_load(x, h, a->type));
			float rise = jk_sigmoidf(jk_load(x, n + h, a->type) +
			    dt_bias[h]);

			jk_store(dx, h, a->type, dy[n + h] * beta *
			    (1 - beta));
			jk_store(dx, n + h, a->type, dy[h] *
			    -expf(a_log[h]) * rise);
		}
	}
	return 0;
}
