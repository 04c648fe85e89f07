#include "op/attention_dot.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_INLINE void
row_typed(const struct jk_attention_dot *a, uint32_t t, uint32_t type)
{
	float *delta = (float *)(uintptr_t)a->delta;
	uint32_t h, i;

	for (h = 0; h < a->n_heads; h++) {
		size_t at = (size_t)t * a->ldy + (size_t)h * a->head_dim;
		const void *y = jk_at(a->y, at, type);
		const void *dy = jk_at(a->dy, at, type);
		float sum = 0;

#pragma omp simd reduction(+:sum)
		for (i = 0; i < a->head_dim; i++)
			sum += jk_load(y, i, type) * jk_load(dy, i, type);
		delta[(size_t)t * a->n_heads + h] = sum;
	}
}

static void
row(const struct jk_attention_dot *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16);
	else
		row_typed(a, t, JK_F32);
}

JK_HOST_OP(attention_dot)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
	a->n_heads * a->head_dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
