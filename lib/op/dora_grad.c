#include "op/dora_grad.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

enum { COLUMNS = 64 };

/* Columns n … n + width - 1. */
JK_INLINE void
columns_typed(const struct jk_dora_grad *a, uint32_t n, uint32_t width,
    uint32_t type)
{
	const float *norm = (const float *)(uintptr_t)a->norm + n;
	float *dm = (float *)(uintptr_t)a->dm + n, sums[COLUMNS] = { 0 };
	uint32_t t, i;

	for (t = 0; t < a->n_rows; t++) {
		const void *dy = jk_at(a->dy, (size_t)t * a->ldy + n, type);
		const void *u = jk_at(a->u, (size_t)t * a->ldu + n, type);

#pragma omp simd
		for (i = 0; i < width; i++)
			sums[i] += jk_load(dy, i, type) * jk_load(u, i, type);
	}
	for (i = 0; i < width; i++)
		dm[i] += sums[i] / norm[i];
}

JK_HOST_OP(dora_grad)
{
	uint32_t n;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->n))
	for (n = 0; n < a->n; n += COLUMNS) {
		const uint32_t width = a->n - n < COLUMNS ? a->n - n : COLUMNS;

		if (a->type == JK_BF16)
			columns_typed(a, n, width, JK_BF16);
		else
			columns_typed(a, n, width, JK_F32);
	}
	return 0;
}
