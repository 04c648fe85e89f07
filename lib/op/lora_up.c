#include "op/lora_up.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"
#include "cpu/need.h"

/* Onto n numbers of y. */
JK_INLINE void
put(const struct jk_lora_up *a, size_t at, uint32_t n, jk_vec sums,
    uint32_t type)
{
	void *y = jk_at(a->y, at, type);

	jk_vec_store_some(y, 0, n, type, jk_vec_load_some(y, 0, n, type) +
	    sums);
	if (a->residual)
		jk_vec_store_some(y, 0, n, type, jk_vec_load_some(jk_at(
		    a->residual, at, type), 0, n, type) +
		    jk_vec_load_some(y, 0, n, type));
}

/* Rows t … t+3 of projection p; bt is B [sum N, R] transposed. */
JK_INLINE void
rows_typed(const struct jk_lora_up *a, const float *bt, uint32_t p,
    uint32_t t, uint32_t type)
{
	const struct jk_lora_output *o = &a->outputs[p];
	const float *z = (const float *)(uintptr_t)a->z, *zt[4];
	const uint32_t n_all = jk_lora_rows(a->outputs, a->n_proj);
	uint32_t n = a->n_rows - t < 4 ? a->n_rows - t : 4, i, j, k, width;

	for (i = 0; i < 4; i++)
		zt[i] = z + ((size_t)(t + (i < n ? i : n - 1)) * a->n_proj +
		    p) * a->rank;
	for (k = 0; k < o->n; k += width) {
		jk_vec acc[4][2] = { { { 0 } } };

		width = o->n - k < JK_UPDATE_COLUMNS ?
		    o->n - k : JK_UPDATE_COLUMNS;
		if (width == JK_UPDATE_COLUMNS)
			jk_lora_update(zt, bt, n_all, o->row + k,
			    JK_UPDATE_COLUMNS, a->rank, acc);
		else
			jk_lora_update(zt, bt, n_all, o->row + k, width,
			    a->rank, acc);
		for (i = 0; i < n; i++)
			for (j = 0; j < width; j += JK_LANES)
				put(a, (size_t)(t + i) * a->ldy + o->column +
				    k + j, width - j < JK_LANES ? width - j :
				    JK_LANES, acc[i][j / JK_LANES] * o->scale,
				    type);
	}
}

static void
rows(const struct jk_lora_up *a, const float *bt, uint32_t p, uint32_t t)
{
	if (a->type == JK_BF16)
		rows_typed(a, bt, p, t, JK_BF16);
	else
		rows_typed(a, bt, p, t, JK_F32);
}

/* Of B transposed. */
static size_t
scratch_bytes(const struct jk_lora_up *a)
{
	return (size_t)jk_lora_rows(a->outputs, a->n_proj) * a->rank *
	    sizeof(float);
}

JK_HOST_NEED(lora_up)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, scratch_bytes(a));
}

JK_HOST_OP(lora_up)
{
	float *bt = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    scratch_bytes(a));
	const uint32_t n = jk_lora_rows(a->outputs, a->n_proj);
	uint32_t t, p;

	if (!bt)
		return jk_fail_nomem(err);
	jk_lora_transpose((const float *)(uintptr_t)a->b, n, a->rank, bt);
#pragma omp parallel for schedule(static) private(p) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * n))
	for (t = 0; t < a->n_rows; t += 4)
		for (p = 0; p < a->n_proj; p++)
			rows(a, bt, p, t);
	return 0;
}
