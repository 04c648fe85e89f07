#include "op/lora_back_x.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"

/* Rows t … t+3. */
JK_INLINE void
rows_typed(const struct jk_lora_back_x *a, uint32_t t, uint32_t type)
{
	const float *c = (const float *)(uintptr_t)a->a;
	const float *dz = (const float *)(uintptr_t)a->dz, *zt[4];
	const uint32_t *mask = (const uint32_t *)(uintptr_t)a->mask;
	const uint32_t n_words = (a->dim + 31) / 32;
	uint32_t n = a->n_rows - t < 4 ? a->n_rows - t : 4;
	uint32_t i, j, k, p, width, row, bits;

	for (k = 0; k < a->dim; k += width) {
		jk_vec sum[4][2] = { { { 0 } } }, x;

		width = a->dim - k < JK_UPDATE_COLUMNS ?
		    a->dim - k : JK_UPDATE_COLUMNS;
		for (p = 0; p < a->n_proj; p++) {
			jk_vec acc[4][2] = { { { 0 } } };
			const float *cp = c + (size_t)p * a->rank * a->dim;

			for (i = 0; i < 4; i++)
				zt[i] = dz + ((size_t)(t + (i < n ? i : n - 1))
				    * a->n_proj + p) * a->rank;
			if (width == JK_UPDATE_COLUMNS)
				jk_lora_update(zt, cp, a->dim, k,
				    JK_UPDATE_COLUMNS, a->rank, acc);
			else
				jk_lora_update(zt, cp, a->dim, k, width,
				    a->rank, acc);
#pragma GCC unroll 4
			for (i = 0; i < 4; i++) {
				row = t + (i < n ? i : n - 1);
				bits = mask ? jk_mask_bits(mask + ((size_t)p *
				    a->n_rows + row) * n_words, k) :
				    0xffffffffu;
				sum[i][0] += jk_vec_keep(acc[i][0], bits);
				sum[i][1] += jk_vec_keep(acc[i][1],
				    bits >> JK_LANES);
			}
		}
		for (i = 0; i < n; i++)
			for (j = 0; j < width; j += JK_LANES) {
				void *at = jk_at(a->dx, (size_t)(t + i) *
				    a->ldx + k + j, type);
				const uint32_t some = width - j < JK_LANES ?
				    width - j : JK_LANES;

				x = jk_vec_load_some(at, 0, some, type);
				x += sum[i][j / JK_LANES] * a->keep_scale;
				jk_vec_store_some(at, 0, some, type, x);
			}
	}
}

static void
rows(const struct jk_lora_back_x *a, uint32_t t)
{
	if (a->type == JK_BF16)
		rows_typed(a, t, JK_BF16);
	else
		rows_typed(a, t, JK_F32);
}

JK_HOST_OP(lora_back_x)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t += 4)
		rows(a, t);
	return 0;
}
