#include "op/dora_norm.h"

#include <math.h>
#include <omp.h>

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"
#include "cpu/need.h"
#include "quant/rows.h"

enum { ROWS = JK_DORA_ROWS };

_Static_assert(ROWS == 4, "jk_lora_update's rows");

/* Numbers of a decoded row: zeros up to a whole tile behind it. */
static size_t
padded(const struct jk_dora_norm *a)
{
	return ((size_t)a->k + JK_UPDATE_COLUMNS - 1) / JK_UPDATE_COLUMNS *
	    JK_UPDATE_COLUMNS;
}

/* Rows n … of W, n_rows of them. */
static void
decode(const struct jk_dora_norm *a, uint32_t n, uint32_t n_rows, float *to)
{
	const uint64_t row_bytes = jk_type_bytes(a->weight_type, a->k);
	const char *w = (const char *)(uintptr_t)a->w;
	const size_t kp = padded(a);
	uint32_t i;

	for (i = 0; i < n_rows; i++) {
		jk_convert_row(a->weight_type, w + (n + i) * row_bytes, JK_F32,
		    to + i * kp, a->k);
		memset(to + i * kp + a->k, 0, (kp - a->k) * sizeof *to);
	}
}

/* Rows n … n + 3; w has room for them. */
static void
rows(const struct jk_dora_norm *a, uint32_t n, float *w)
{
	const uint32_t n_rows = a->n - n < ROWS ? a->n - n : ROWS;
	const float *c = (const float *)(uintptr_t)a->a, *z[ROWS];
	float *norm = (float *)(uintptr_t)a->norm + n, lanes[JK_LANES];
	jk_vec squares[ROWS] = { { 0 } }, v;
	const size_t kp = padded(a);
	uint32_t i, j, k;

	decode(a, n, n_rows, w);
	for (i = 0; i < ROWS; i++)
		z[i] = (const float *)(uintptr_t)a->b + (size_t)(n + (i <
		    n_rows ? i : n_rows - 1)) * a->rank;
	for (k = 0; k < a->k; k += JK_UPDATE_COLUMNS) {
		jk_vec acc[ROWS][2] = { { { 0 } } };

		if (a->k - k >= JK_UPDATE_COLUMNS)
			jk_lora_update(z, c, a->k, k, JK_UPDATE_COLUMNS,
			    a->rank, acc);
		else
			jk_lora_update(z, c, a->k, k, a->k - k, a->rank, acc);
		for (i = 0; i < n_rows; i++)
			for (j = 0; j < 2; j++) {
				v = jk_vec_load(w, i * kp + k + j * JK_LANES,
				    JK_F32) + acc[i][j] * a->scale;
				squares[i] += v * v;
			}
	}
	for (i = 0; i < n_rows; i++) {
		double sum = 0;

		memcpy(lanes, &squares[i], sizeof lanes);
		for (j = 0; j < JK_LANES; j++)
			sum += (double)lanes[j];
		norm[i] = (float)sqrt(sum);
	}
}

static size_t
block_bytes(const struct jk_dora_norm *a)
{
	return (ROWS * padded(a) * sizeof(float) + 63) / 64 * 64;
}

JK_HOST_NEED(dora_norm)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, (size_t)jk_cpu_threads(cpu) *
	    block_bytes(a));
}

JK_HOST_OP(dora_norm)
{
	const float *magnitude = (const float *)(uintptr_t)a->magnitude;
	const float *norm = (const float *)(uintptr_t)a->norm;
	float *factor = (float *)(uintptr_t)a->factor;
	const int n_threads = jk_cpu_team(cpu);
	const size_t bytes = block_bytes(a);
	char *blocks = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    (size_t)n_threads * bytes);
	uint32_t n;

	if (!blocks)
		return jk_fail_nomem(err);
#pragma omp parallel for schedule(static) num_threads(n_threads)
	for (n = 0; n < a->n; n += ROWS)
		rows(a, n, (float *)(void *)(blocks +
		    (size_t)omp_get_thread_num() * bytes));
	for (n = 0; factor && n < a->n; n++)
		factor[n] = magnitude[n] / norm[n];
	return 0;
}
