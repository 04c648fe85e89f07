#include "op/rms_norm.h"

#include "cpu/cpu.h"
#include "op/rms_norm_row.h"

static void
norm_row(const struct jk_rms_norm *a, uint32_t t)
{
	const float *w = (const float *)(uintptr_t)a->w;
	uint32_t g;

	for (g = 0; g < a->n_groups; g++) {
		const void *x = jk_at(a->x, (size_t)t * a->ldx +
		    (size_t)g * a->step, a->type);
		void *y = jk_at(a->y, (size_t)t * a->ldy +
		    (size_t)g * a->dim, a->type);

		if (a->type == JK_BF16)
			jk_rms_norm_row(x, w, y, a->dim, a->eps, a->weight_offset,
			    JK_BF16);
		else
			jk_rms_norm_row(x, w, y, a->dim, a->eps, a->weight_offset,
			    JK_F32);
	}
}

JK_HOST_OP(rms_norm)
{
	uint32_t t;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
		a->n_groups * a->dim))
	for (t = 0; t < a->n_rows; t++)
		norm_row(a, t);
	return 0;
}
