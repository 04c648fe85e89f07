#include "op/add_noise.h"

#include "base/philox.h"
#include "cpu/cpu.h"
#include "cpu/element.h"

static void
row(const struct jk_add_noise *a, uint32_t t, const struct jk_row *of)
{
	const uint32_t k1 = a->seed_high ^ JK_NOISE_KEY;
	void *y = jk_at(a->y, (size_t)t * a->dim, a->type);
	struct jk_philox r = { { 0 } };
	uint32_t i;

	for (i = 0; i < a->dim; i++) {
		if (i % 4 == 0)
			r = jk_philox(i / 4, of->position, of->ordinal,
			    a->step, a->seed_low, k1);
		jk_store(y, i, a->type, jk_load(y, i, a->type) + a->scale *
		    (2 * jk_uniform(r.v[i % 4]) - 1));
	}
}

_Static_assert(JK_NOISE_KEY == (uint32_t)JK_STREAM_NOISE << 24,
    "the shader's stream is the host's");

JK_HOST_OP(add_noise)
{
	const struct jk_row *rows = (const void *)(uintptr_t)a->rows;
	uint32_t t;

	(void)err;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->dim))
	for (t = 0; t < a->n_rows; t++)
		row(a, t, &rows[t]);
	return 0;
}
