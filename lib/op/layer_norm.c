#include "op/layer_norm.h"

#include "cpu/cpu.h"
#include "op/layer_norm_row.h"

static void
row(const struct jk_layer_norm *a, uint32_t t)
{
	const float *w = (const float *)(uintptr_t)a->w;
	const float *b = (const float *)(uintptr_t)a->b;
	const void *x = jk_at(a->x, (size_t)t * a->ldx, a->type);
	void *y = jk_at(a->y, (size_t)t * a->ldy, a->type);

	if (a->type == JK_BF16)
		jk_layer_norm_row(x, w, b, y, a->dim, a->eps, JK_BF16);
	else
		jk_layer_norm_row(x, w, b, y, a->dim, a->eps, JK_F32);
}

JK_HOST_OP(layer_norm)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
