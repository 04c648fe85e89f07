#include "op/add.h"

#include "cpu/cpu.h"
#include "cpu/element.h"

enum { CHUNK = 16384 };

static void
add_chunk(const struct jk_add *a, size_t at, size_t n)
{
	const void *x = jk_at(a->a, at, a->type);
	const void *z = jk_at(a->b, at, a->type);
	void *y = jk_at(a->y, at, a->type);
	size_t i;

	if (a->type == JK_BF16) {
		#pragma omp simd
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_BF16, jk_load(x, i, JK_BF16) +
			    jk_load(z, i, JK_BF16));
	} else {
		#pragma omp simd
		for (i = 0; i < n; i++)
			jk_store(y, i, JK_F32, jk_load(x, i, JK_F32) +
			    jk_load(z, i, JK_F32));
	}
}

JK_HOST_OP(add)
{
	size_t n = a->n, at;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, n))
	for (at = 0; at < n; at += CHUNK)
		add_chunk(a, at, n - at < CHUNK ? n - at : CHUNK);
	return 0;
}
