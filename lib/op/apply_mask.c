#include "op/apply_mask.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"

/* Up to JK_LANES numbers v of x from k on, times what their bits say. */
JK_INLINE jk_vec
apply(const struct jk_apply_mask *a, jk_vec v, const uint32_t *mask,
    uint32_t k)
{
	const uint32_t bits = jk_mask_bits(mask, k);

	return jk_vec_keep(a->kept * v, bits) +
	    jk_vec_keep(a->dropped * v, ~bits);
}

JK_INLINE void
row_typed(const struct jk_apply_mask *a, uint32_t t, uint32_t type)
{
	const uint32_t *mask = (const uint32_t *)(uintptr_t)a->mask +
	    (size_t)t * ((a->dim + 31) / 32);
	const void *x = jk_at(a->x, (size_t)t * a->dim, type);
	void *y = jk_at(a->y, (size_t)t * a->dim, type);
	uint32_t k, n;
	jk_vec v;

	for (k = 0; k + JK_LANES <= a->dim; k += JK_LANES) {
		v = apply(a, jk_vec_load(x, k, type), mask, k);
		if (a->accumulate)
			v += jk_vec_load(y, k, type);
		jk_vec_store(y, k, type, v);
	}
	n = a->dim - k;
	if (n == 0)
		return;
	v = apply(a, jk_vec_load_n(x, k, n, type), mask, k);
	if (a->accumulate)
		v += jk_vec_load_n(y, k, n, type);
	jk_vec_store_n(y, k, n, type, v);
}

JK_HOST_OP(apply_mask)
{
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++) {
		if (a->type == JK_BF16)
			row_typed(a, t, JK_BF16);
		else
			row_typed(a, t, JK_F32);
	}
	return 0;
}
