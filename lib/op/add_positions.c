#include "op/add_positions.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

JK_INLINE void
row_typed(const struct jk_add_positions *a, uint32_t t, uint32_t position,
    uint32_t type)
{
	const float *p = (const float *)(uintptr_t)a->table +
	    (size_t)position * a->dim;
	void *y = jk_at(a->y, (size_t)t * a->dim, type);
	uint32_t i;

#pragma omp simd
	for (i = 0; i < a->dim; i++)
		jk_store(y, i, type, jk_load(y, i, type) + p[i]);
}

static void
row(const struct jk_add_positions *a, uint32_t t, uint32_t position)
{
	if (a->type == JK_BF16)
		row_typed(a, t, position, JK_BF16);
	else
		row_typed(a, t, position, JK_F32);
}

JK_HOST_OP(add_positions)
{
	const struct jk_row *rows = (const void *)(uintptr_t)a->rows;
	uint32_t t;

	for (t = 0; t < a->n_rows; t++)
		if (rows[t].position >= a->n_positions)
			return jk_fail(err, JK_ESYS, "position %u is behind "
			    "the last of %u that the model has learned",
			    rows[t].position, a->n_positions);
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t, rows[t].position);
	return 0;
}
