#include "op/lora_back_z.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"
#include "cpu/need.h"

/* Rows t … t+15; bt is B transposed. */
JK_INLINE void
rows_typed(const struct jk_lora_back_z *a, const float *bt, uint32_t t,
    uint32_t type)
{
	float *dz = (float *)(uintptr_t)a->dz;
	const void *dy[JK_LANES];
	uint32_t end = a->n_rows - t < 16 ? a->n_rows : t + 16;
	uint32_t r, rb, i, at, n;

	for (r = 0; r < a->rank; r += rb) {
		rb = jk_rank_block(a->rank - r);
		for (at = t; at < end; at += JK_LANES / rb) {
			n = end - at < JK_LANES / rb ? end - at :
			    JK_LANES / rb;
			/* rows past the end repeat the last */
			for (i = 0; i < JK_LANES / rb; i++)
				dy[i] = jk_at(a->dy, (size_t)(at + (i < n ? i :
				    n - 1)) * a->ldy, type);
#define DOT(RB) \
	jk_lora_dot(dy, NULL, type, bt + (size_t)r * a->n, a->n, RB, n, \
	    a->scale, dz + (size_t)at * a->ldz + r, a->ldz)
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
rows(const struct jk_lora_back_z *a, const float *bt, uint32_t t)
{
	if (a->type == JK_BF16)
		rows_typed(a, bt, t, JK_BF16);
	else
		rows_typed(a, bt, t, JK_F32);
}

/* Of B transposed. */
static size_t
scratch_bytes(const struct jk_lora_back_z *a)
{
	return (size_t)a->n * a->rank * sizeof(float);
}

JK_HOST_NEED(lora_back_z)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, scratch_bytes(a));
}

JK_HOST_OP(lora_back_z)
{
	float *bt = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    scratch_bytes(a));
	uint32_t t;

	if (!bt)
		return jk_fail_nomem(err);
	jk_lora_transpose((const float *)(uintptr_t)a->b, a->n, a->rank, bt);
#pragma omp parallel for schedule(static) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * a->n))
	for (t = 0; t < a->n_rows; t += 16)
		rows(a, bt, t);
	return 0;
}
