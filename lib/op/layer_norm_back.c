#include "op/layer_norm_back.h"

#include "cpu/cpu.h"
#include "op/layer_norm_row.h"

JK_INLINE void
row_typed(const struct jk_layer_norm_back *a, uint32_t t, uint32_t type)
{
	const float *w = (const float *)(uintptr_t)a->w;
	const void *x = jk_at(a->x, (size_t)t * a->ldx, type);
	const void *dy = jk_at(a->dy, (size_t)t * a->ldy, type);
	void *dx = jk_at(a->dx, (size_t)t * a->ldd, type);
	const float n = (float)a->dim;
	float mean = 0, squares = 0, sum = 0, dot = 0, s;
	uint32_t i;

	if (a->y)
		jk_layer_norm_row(x, w, (const float *)(uintptr_t)a->b,
		    jk_at(a->y, (size_t)t * a->ldy, type), a->dim, a->eps,
		    type);
#pragma omp simd reduction(+:mean)
	for (i = 0; i < a->dim; i++)
		mean += jk_load(x, i, type);
	mean /= n;
#pragma omp simd reduction(+:squares, sum, dot)
	for (i = 0; i < a->dim; i++) {
		float v = jk_load(x, i, type) - mean;
		float u = jk_load(dy, i, type) * w[i];

		squares += v * v;
		sum += u;
		dot += u * v;
	}
	s = 1 / sqrtf(squares / n + a->eps);
	sum /= n;
	dot = dot / n * s * s;
#pragma omp simd
	for (i = 0; i < a->dim; i++) {
		float v = jk_load(x, i, type) - mean;
		float d = s * (jk_load(dy, i, type) * w[i] - sum - v * dot);

		if (a->accumulate)
			d += jk_load(dx, i, type);
		jk_store(dx, i, type, d);
	}
}

static void
row(const struct jk_layer_norm_back *a, uint32_t t)
{
	if (a->type == JK_BF16)
		row_typed(a, t, JK_BF16);
	else
		row_typed(a, t, JK_F32);
}

JK_HOST_OP(layer_norm_back)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t);
	return 0;
}
