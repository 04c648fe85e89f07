#include "op/lora_down.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"

/* All projections and ranks of rows t … t+15. */
JK_INLINE void
rows_typed(const struct jk_lora_down *a, uint32_t t, uint32_t type)
{
	const float *c = (const float *)(uintptr_t)a->a;
	const uint32_t *mask = (const uint32_t *)(uintptr_t)a->mask;
	float *z = (float *)(uintptr_t)a->z;
	const uint32_t n_words = (a->dim + 31) / 32, ldz = a->n_proj * a->rank;
	const void *x[JK_LANES];
	const uint32_t *m[JK_LANES];
	uint32_t end = a->n_rows - t < 16 ? a->n_rows : t + 16;
	uint32_t p, r, rb, i, at, row, n;

	for (p = 0; p < a->n_proj; p++)
		for (r = 0; r < a->rank; r += rb) {
			rb = jk_rank_block(a->rank - r);
			for (at = t; at < end; at += JK_LANES / rb) {
				n = end - at < JK_LANES / rb ? end - at :
				    JK_LANES / rb;
				/* rows past the end repeat the last */
				for (i = 0; i < JK_LANES / rb; i++) {
					row = at + (i < n ? i : n - 1);
					x[i] = jk_at(a->x, (size_t)row *
					    a->ldx, type);
					m[i] = mask ? mask + ((size_t)p *
					    a->n_rows + row) * n_words : NULL;
				}
#define DOT(RB) \
	jk_lora_dot(x, mask ? m : NULL, type, \
	    c + ((size_t)p * a->rank + r) * a->dim, a->dim, RB, n, \
	    a->keep_scale, z + (size_t)at * ldz + p * a->rank + r, ldz)
				if (rb == 8)
					DOT(8);
				else if (rb == 4)
					DOT(4);
				else
					DOT(1);
#undef DOT
			}
		}
}

static void
rows(const struct jk_lora_down *a, uint32_t t)
{
	if (a->type == JK_BF16)
		rows_typed(a, t, JK_BF16);
	else
		rows_typed(a, t, JK_F32);
}

JK_HOST_OP(lora_down)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t += 16)
		rows(a, t);
	return 0;
}
