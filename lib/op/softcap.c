#include "op/softcap.h"

#include "cpu/cpu.h"
#include "op/softcap_tanh.h"

JK_HOST_OP(softcap)
{
	float *x = (float *)(uintptr_t)a->x;
	const float cap = a->cap;
	uint32_t i;

	(void)err;
	#pragma omp parallel for simd num_threads(jk_cpu_parallel(cpu, a->n))
	for (i = 0; i < a->n; i++)
		x[i] = jk_softcapf(x[i], cap);
	return 0;
}
