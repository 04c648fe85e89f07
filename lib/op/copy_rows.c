#include "op/copy_rows.h"

#include <string.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

static void
convert(const void *x, uint32_t type, void *y, size_t n)
{
	size_t i;

	if (type == JK_BF16)
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_F32, jk_load(x, i, JK_BF16));
	else
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_BF16, jk_load(x, i, JK_F32));
}

static void
copy_row(const struct jk_copy_rows *a, uint32_t i)
{
	const uint32_t *index = (const uint32_t *)(uintptr_t)a->index;
	uint32_t other = index ? index[i] : i;
	uint32_t from = a->mode == JK_COPY_GATHER ? other : i;
	uint32_t to = a->mode == JK_COPY_GATHER ? i : other;
	const void *x = jk_at(a->x, (size_t)from * a->ldx, a->type);
	void *y = jk_at(a->y, (size_t)to * a->ldy, a->type_y);

	if (a->type == a->type_y)
		memcpy(y, x, a->dim * jk_element_bytes(a->type));
	else
		convert(x, a->type, y, a->dim);
}

JK_HOST_OP(copy_rows)
{
	const uint32_t *index = (const uint32_t *)(uintptr_t)a->index;
	uint32_t end = a->mode == JK_COPY_GATHER ? a->n_x : a->n_y, i;

	for (i = 0; i < a->n_rows; i++)
		if ((index ? index[i] : i) >= end)
			return jk_fail(err, JK_ESYS,
			    "copy_rows: row %u of %u", index ? index[i] : i,
			    end);
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (i = 0; i < a->n_rows; i++)
		copy_row(a, i);
	return 0;
}
