#include "op/lora_back_z.h"

#include "cpu/cpu.h"
#include "cpu/lora_tile.h"
#include "cpu/need.h"

/* Rows t … t+15 of projection p; bt is its B transposed. */
JK_INLINE void
rows_typed(const struct jk_lora_back_z *a, const float *bt, uint32_t p,
    uint32_t t, uint32_t type)
{
	const uint32_t n_in = a->outputs[p].n;
	const uint32_t ldz = a->n_proj * a->rank;
	float *dz = (float *)(uintptr_t)a->dz + p * a->rank;
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
				    n - 1)) * a->ldy + a->outputs[p].column,
				    type);
#define DOT(RB) \
	jk_lora_dot(dy, NULL, type, bt + (size_t)r * n_in, n_in, RB, n, \
	    a->outputs[p].scale, dz + (size_t)at * ldz + r, ldz)
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
rows(const struct jk_lora_back_z *a, const float *bt, uint32_t p, uint32_t t)
{
	if (a->type == JK_BF16)
		rows_typed(a, bt, p, t, JK_BF16);
	else
		rows_typed(a, bt, p, t, JK_F32);
}

/* Of the projections' B, each transposed. */
static size_t
scratch_bytes(const struct jk_lora_back_z *a)
{
	return (size_t)jk_lora_rows(a->outputs, a->n_proj) * a->rank *
	    sizeof(float);
}

JK_HOST_NEED(lora_back_z)
{
	jk_cpu_needs(need, JK_CPU_SCRATCH_OP, scratch_bytes(a));
}

JK_HOST_OP(lora_back_z)
{
	const float *b = (const float *)(uintptr_t)a->b;
	float *bt = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    scratch_bytes(a));
	uint32_t t, p;

	if (!bt)
		return jk_fail_nomem(err);
	for (p = 0; p < a->n_proj; p++)
		jk_lora_transpose(b + (size_t)a->outputs[p].row * a->rank,
		    a->outputs[p].n, a->rank,
		    bt + (size_t)a->outputs[p].row * a->rank);
#pragma omp parallel for schedule(static) private(p) \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->n_rows * \
	jk_lora_rows(a->outputs, a->n_proj)))
	for (t = 0; t < a->n_rows; t += 16)
		for (p = 0; p < a->n_proj; p++)
			rows(a, bt + (size_t)a->outputs[p].row * a->rank, p, t);
	return 0;
}
