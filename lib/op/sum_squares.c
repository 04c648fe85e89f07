#include "op/sum_squares.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

enum { BLOCK = JK_SUM_BLOCK };

static float
sum(const float *x, uint32_t n)
{
	float s = 0;
	uint32_t i;

#pragma omp simd reduction(+:s)
	for (i = 0; i < n; i++)
		s += x[i] * x[i];
	return s;
}

JK_HOST_OP(sum_squares)
{
	const float *x = (const float *)(uintptr_t)a->x;
	float *partial = (float *)(uintptr_t)a->partial;
	const uint32_t n_blocks = a->n / BLOCK + (a->n % BLOCK != 0);
	uint32_t b;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, a->n))
	for (b = 0; b < n_blocks; b++) {
		size_t at = (size_t)b * BLOCK;

		partial[b] = sum(x + at, a->n - at < BLOCK ?
		    (uint32_t)(a->n - at) : BLOCK);
	}
	return 0;
}
