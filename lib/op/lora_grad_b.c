#include "op/lora_grad_b.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"
#include "cpu/need.h"

enum { ROW_BLOCK = 128, COLUMNS = 96 };

/*
 * Columns begin … end-1 of projection p; dbt [rank, n] is the gradient of its B
 * transposed.
 */
JK_INLINE void
columns_typed(const struct jk_lora_grad_b *a, float *dbt, uint32_t p,
    uint32_t begin, uint32_t end, uint32_t type)
{
	const struct jk_lora_output *o = &a->outputs[p];
	const uint32_t ldz = a->n_proj * a->rank;
	const float *z = (const float *)(uintptr_t)a->z + p * a->rank;
	float *db = (float *)(uintptr_t)a->db + (size_t)o->row * a->rank;
	uint32_t t, n, k, width, r, rb;

	for (r = 0; r < a->rank; r++)
		for (k = begin; k < end; k++)
			dbt[(size_t)r * o->n + k] = 0;
	for (t = 0; t < a->n_rows; t += n) {
		n = a->n_rows - t < ROW_BLOCK ? a->n_rows - t : ROW_BLOCK;
		for (k = begin; k < end; k += width) {
			width = end - k < JK_OUTER_COLUMNS ? end - k :
			    JK_OUTER_COLUMNS;
			for (r = 0; r < a->rank; r += rb) {
				rb = jk_rank_block(a->rank - r);
#define OUTER(WIDTH, RB) \
	jk_lora_outer(jk_at(a->dy, (size_t)t * a->ldy + o->column, type), \
	    a->ldy, type, NULL, 0, z + (size_t)t * ldz + r, ldz, n, o->n, k, \
	    WIDTH, RB, o->scale, dbt + (size_t)r * o->n)
				if (width < JK_OUTER_COLUMNS)
					OUTER(width, rb);
				else if (rb == 8)
					OUTER(JK_OUTER_COLUMNS, 8);
				else if (rb == 4)
					OUTER(JK_OUTER_COLUMNS, 4);
				else
					OUTER(JK_OUTER_COLUMNS, 1);
#undef OUTER
			}
		}
	}
	for (k = begin; k < end; k++)
		for (r = 0; r < a->rank; r++)
			db[(size_t)k * a->rank + r] += dbt[(size_t)r * o->n +
			    k];
}

static void
columns(const struct jk_lora_grad_b *a, float *dbt, uint32_t p,
    uint32_t begin, uint32_t end)
{
	if (a->type == JK_BF16)
		columns_typed(a, dbt, p, begin, end, JK_BF16);
	else
		columns_typed(a, dbt, p, begin, end, JK_F32);
}

/* Of the projections' gradients, each transposed. */
static size_t
scratch_bytes(const struct jk_lora_grad_b *a)
{
	return (size_t)jk_lora_rows(a->outputs, a->n_proj) * a->rank *
	    sizeof(float);
}

JK_HOST_NEED(lora_grad_b)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, scratch_bytes(a));
}

JK_HOST_OP(lora_grad_b)
{
	float *dbt = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    scratch_bytes(a));
	uint32_t p, k;

	if (!dbt)
		return jk_fail_nomem(err);
#pragma omp parallel private(p) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
	jk_lora_rows(a->outputs, a->n_proj)))
	for (p = 0; p < a->n_proj; p++) {
		const uint32_t n = a->outputs[p].n;

#pragma omp for schedule(static) nowait
		for (k = 0; k < n; k += COLUMNS)
			columns(a, dbt + (size_t)a->outputs[p].row * a->rank, p, k,
			    n - k < COLUMNS ? n : k + COLUMNS);
	}
	return 0;
}
