#include "op/matmul_back.h"

#include "cpu/cpu.h"
#include "cpu/vec.h"
#include "cpu/weight_gemm.h"

static int
panels(const struct jk_matmul_back *a, struct jk_cpu *cpu,
    struct jk_err *err)
{
	return jk_weight_gemm_run(&(struct jk_weight_gemm){
		.m = a->m, .n = a->k, .k = a->n,
		.x = (const void *)(uintptr_t)a->dy, .ldx = a->ldy,
		.type = a->type, .w = (const void *)(uintptr_t)a->w,
		.stored = a->weight_type, .back = true,
		.accumulate = a->flags & JK_MATMUL_ACCUMULATE,
		.y = (void *)(uintptr_t)a->dx, .ldy = a->ldx,
		.type_y = a->type_x }, cpu, err);
}

/* Slice j … j + n - 1 of the sum over W's rows. */
static int
slice(const struct jk_matmul_back *a, struct jk_cpu *cpu, uint32_t j,
    uint32_t n, void *dx, uint32_t ldx, uint32_t type, bool add,
    struct jk_err *err)
{
	const void *w = jk_cpu_decode(cpu, a->w, a->weight_type, a->type, j,
	    n, a->k, err);

	if (!w)
		return -1;
	return jk_cpu_gemm(cpu, &(struct jk_gemm){
		.m = a->m, .n = a->k, .k = n,
		.a = jk_at(a->dy, j, a->type), .lda = a->ldy,
		.b = w, .ldb = a->k, .c = dx, .ldc = ldx, .accumulate = add,
		.type = a->type, .type_c = type }, err);
}

/*
 * Weights of another type are decoded for the call, some rows of W at a time;
 * several slices are added up in f32.
 */
JK_HOST_OP(matmul_back)
{
	bool add = a->flags & JK_MATMUL_ACCUMULATE;
	uint32_t step, i, j;
	float *sums;

	if (!jk_cpu_takes_onednn(cpu, a->type))
		return panels(a, cpu, err);
	step = jk_cpu_slice(a->weight_type, a->type, a->n, a->k);
	if (step >= a->n)
		return slice(a, cpu, 0, a->n, (void *)(uintptr_t)a->dx,
		    a->ldx, a->type_x, add, err);
	sums = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP,
	    (size_t)a->m * a->k * sizeof *sums);
	if (!sums)
		return jk_fail_nomem(err);
	for (j = 0; j < a->n; j += step)
		if (slice(a, cpu, j, a->n - j < step ? a->n - j : step, sums,
		    a->k, JK_F32, j > 0, err) < 0)
			return -1;
#pragma omp parallel for \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->m * a->k))
	for (i = 0; i < a->m; i++)
		jk_put_sums(sums + (size_t)i * a->k, a->k, jk_at(a->dx,
		    (size_t)i * a->ldx, a->type_x), a->type_x, add);
	return 0;
}
