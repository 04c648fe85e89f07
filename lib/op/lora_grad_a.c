#include "op/lora_grad_a.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"

/* rows whose columns stay in the cache while all column blocks pass */
enum { ROW_BLOCK = 128 };

/* Columns begin … end-1 of every projection. */
JK_INLINE void
columns_typed(const struct jk_lora_grad_a *a, uint32_t begin, uint32_t end,
    uint32_t type)
{
	const float *dz = (const float *)(uintptr_t)a->dz;
	const uint32_t *mask = (const uint32_t *)(uintptr_t)a->mask;
	float *da = (float *)(uintptr_t)a->da;
	const uint32_t n_words = (a->dim + 31) / 32, ldz = a->n_proj * a->rank;
	uint32_t t, n, k, width, p, r, rb;

	for (t = 0; t < a->n_rows; t += n) {
		n = a->n_rows - t < ROW_BLOCK ? a->n_rows - t : ROW_BLOCK;
		for (k = begin; k < end; k += width) {
			width = end - k < JK_OUTER_COLUMNS ? end - k :
			    JK_OUTER_COLUMNS;
			for (p = 0; p < a->n_proj; p++)
				for (r = 0; r < a->rank; r += rb) {
					rb = jk_rank_block(a->rank - r);
#define OUTER(WIDTH, RB) \
	jk_lora_outer(jk_at(a->x, (size_t)t * a->ldx, type), a->ldx, type, \
	    mask ? mask + ((size_t)p * a->n_rows + t) * n_words : NULL, \
	    n_words, dz + (size_t)t * ldz + p * a->rank + r, ldz, n, a->dim, \
	    k, WIDTH, RB, a->keep_scale, \
	    da + ((size_t)p * a->rank + r) * a->dim)
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
}

static void
columns(const struct jk_lora_grad_a *a, uint32_t begin, uint32_t end)
{
	if (a->type == JK_BF16)
		columns_typed(a, begin, end, JK_BF16);
	else
		columns_typed(a, begin, end, JK_F32);
}

JK_HOST_OP(lora_grad_a)
{
	uint32_t k;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (k = 0; k < a->dim; k += 96)
		columns(a, k, a->dim - k < 96 ? a->dim : k + 96);
	return 0;
}
