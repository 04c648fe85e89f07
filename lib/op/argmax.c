#include "op/argmax.h"

#include <stdbool.h>

#include "cpu/cpu.h"
#include "cpu/element.h"

enum { CHUNK = 4096 };

/* The largest of n numbers; false if one is a NaN. */
static bool
largest(const float *x, uint32_t n, float *max)
{
	float m = x[0];
	uint32_t nan = 0, i;

	#pragma omp simd reduction(max:m) reduction(|:nan)
	for (i = 0; i < n; i++) {
		m = x[i] > m ? x[i] : m;
		nan |= (jk_bits(x[i]) & 0x7fffffffu) > 0x7f800000u;
	}
	*max = jk_settled_max(x, n, m);
	return !nan;
}

static uint32_t
argmax_row(const float *x, uint32_t n)
{
	uint32_t at, i, best = 0;
	float max = 0, m;

	for (at = 0; at < n; at += CHUNK) {
		uint32_t len = n - at < CHUNK ? n - at : CHUNK;

		if (!largest(x + at, len, &m))
			return n;
		if (at == 0 || m > max) {
			max = m;
			for (i = at; x[i] != m; i++)
				;
			best = i;
		}
	}
	return best;
}

JK_HOST_OP(argmax)
{
	const float *logits = (const float *)(uintptr_t)a->logits;
	uint32_t *index = (uint32_t *)(uintptr_t)a->index;
	uint32_t t;

	(void)err;
	#pragma omp parallel for \
		num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
		a->n_vocab))
	for (t = 0; t < a->n_rows; t++)
		index[t] = argmax_row(logits + (size_t)t * a->n_vocab,
		    a->n_vocab);
	return 0;
}
