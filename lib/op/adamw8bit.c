#include "op/adamw8bit.h"

#include <math.h>

#include "cpu/cpu.h"
#include "cpu/element.h"
#include "op/adamw_step.h"

enum { BLOCK = JK_MOMENT_BLOCK, CODES = JK_CODES };

/* Number of midpoints between neighbouring codes that are below x. */
JK_INLINE uint8_t
nearest(const float *middle, float x)
{
	uint32_t c = 0, step;

	for (step = CODES / 2; step; step /= 2)
		c += middle[c + step - 1] < x ? step : 0;
	return (uint8_t)c;
}

/* The codes of x over its largest magnitude, which is returned. */
JK_INLINE float
encode(const float *x, uint32_t n, const float *middle, uint8_t *codes)
{
	float absmax = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		absmax = fabsf(x[i]) > absmax ? fabsf(x[i]) : absmax;
	for (i = 0; i < n; i++)
		codes[i] = nearest(middle, absmax > 0 ? x[i] / absmax : 0);
	return absmax;
}

static void
update(const struct jk_adamw8bit *a, const float middle[2][CODES], uint32_t b)
{
	const size_t at = (size_t)b * BLOCK;
	const uint32_t n = a->n - at < BLOCK ? (uint32_t)(a->n - at) : BLOCK;
	const float *codes = (const float *)(uintptr_t)a->codes;
	float *param = (float *)(uintptr_t)a->param + at;
	const float *grad = (const float *)(uintptr_t)a->grad + at;
	uint8_t *m8 = (uint8_t *)(uintptr_t)a->m8 + at;
	uint8_t *v8 = (uint8_t *)(uintptr_t)a->v8 + at;
	float *absmax_m = (float *)(uintptr_t)a->absmax_m + b;
	float *absmax_v = (float *)(uintptr_t)a->absmax_v + b;
	const struct jk_adamw_rates rates = JK_ADAMW_RATES(a);
	float m[BLOCK], v[BLOCK];
	uint32_t i;

	for (i = 0; i < n; i++) {
		m[i] = codes[m8[i]] * *absmax_m;
		v[i] = codes[CODES + v8[i]] * *absmax_v;
	}
	for (i = 0; i < n; i++)
		jk_adamw_step(&rates, grad[i], &param[i], &m[i], &v[i]);
	*absmax_m = encode(m, n, middle[0], m8);
	*absmax_v = encode(v, n, middle[1], v8);
}

JK_HOST_OP(adamw8bit)
{
	const float *codes = (const float *)(uintptr_t)a->codes;
	const uint32_t n_blocks = a->n / BLOCK + (a->n % BLOCK != 0);
	float middle[2][CODES];
	uint32_t b;
	int i;

	(void)err;
	if (JK_CLIPPING_OF(a)->failed)
		return 0;
	for (i = 0; i < 2 * CODES; i++)
		middle[i / CODES][i % CODES] = i % CODES == CODES - 1 ?
		    INFINITY : (codes[i] + codes[i + 1]) / 2;
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, a->n))
	for (b = 0; b < n_blocks; b++)
		update(a, middle, b);
	return 0;
}
