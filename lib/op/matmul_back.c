#include "op/matmul_back.h"

#include "cpu/amx.h"
#include "cpu/cpu.h"
#include "cpu/need.h"
#include "cpu/vec.h"
#include "cpu/weight_gemm.h"
#include "op/lora_back_x.h"

static struct jk_weight_gemm
panels(const struct jk_matmul_back *a)
{
	return (struct jk_weight_gemm){
		.m = a->m, .n = a->k, .k = a->n,
		.x = (const void *)(uintptr_t)a->dy, .ldx = a->ldy,
		.type = a->type, .w = (const void *)(uintptr_t)a->w,
		.stored = a->weight_type, .back = true,
		.accumulate = a->flags & JK_MATMUL_ACCUMULATE,
		.y = (void *)(uintptr_t)a->dx, .ldy = a->ldx,
		.type_y = a->type_x };
}

/*
 * Through oneDNN weights of another type are decoded for the call, some rows of
 * W at a time; several slices are added up in f32.
 */
struct slices {
	uint32_t step;		/* rows of W of each but the last */
	bool is_one;
	void *to;		/* dx, or to be set to sums [M, K] f32 */
	uint32_t ld, type;
};

static struct slices
slices_of(const struct jk_matmul_back *a)
{
	struct slices s = { .step = jk_cpu_slice(a->weight_type, a->type,
	    a->n, a->k), .ld = a->k, .type = JK_F32 };

	s.is_one = s.step >= a->n;
	if (s.is_one) {
		s.to = (void *)(uintptr_t)a->dx;
		s.ld = a->ldx;
		s.type = a->type_x;
	}
	return s;
}

static size_t
sums_bytes(const struct jk_matmul_back *a)
{
	return (size_t)a->m * a->k * sizeof(float);
}

/* The slice from row j on; w: those rows of W. */
static struct jk_gemm
gemm(const struct jk_matmul_back *a, const struct slices *s, uint32_t j,
    const void *w)
{
	return (struct jk_gemm){ .m = a->m, .n = a->k,
		.k = a->n - j < s->step ? a->n - j : s->step,
		.a = jk_at(a->dy, j, a->type), .lda = a->ldy,
		.b = w, .ldb = a->k, .c = s->to, .ldc = s->ld,
		.accumulate = s->is_one ? a->flags & JK_MATMUL_ACCUMULATE :
		    j > 0,
		.type = a->type, .type_c = s->type };
}

JK_HOST_NEED(matmul_back)
{
	const struct jk_amx *amx = jk_cpu_amx(cpu, a->type);
	struct slices s = slices_of(a);
	struct jk_weight_gemm p;
	uint32_t j;

	if (amx) {
		p = panels(a);
		amx->need(&p, cpu, need);
		return;
	}
	if (!jk_cpu_takes_onednn(cpu, a->type)) {
		p = panels(a);
		jk_cpu_needs(need, JK_CPU_SCRATCH_GEMM,
		    jk_weight_gemm_scratch(&p, cpu));
		return;
	}
	if (!s.is_one)
		jk_cpu_needs(need, JK_CPU_SCRATCH_OP, sums_bytes(a));
	jk_cpu_needs_decoded(need, a->weight_type, a->type, s.step, a->k);
	for (j = 0; j < a->n; j += s.step) {
		struct jk_gemm g = gemm(a, &s, j, NULL);

		jk_cpu_needs_gemm(need, &g);
	}
}

static int
multiply(const struct jk_matmul_back *a, const struct slices *s,
    struct jk_cpu *cpu, struct jk_err *err)
{
	uint32_t j;

	for (j = 0; j < a->n; j += s->step) {
		struct jk_gemm g = gemm(a, s, j, NULL);

		g.b = jk_cpu_decode(cpu, a->w, a->weight_type, a->type, j,
		    g.k, a->k, err);
		if (!g.b || jk_cpu_gemm(cpu, &g, err) < 0)
			return -1;
	}
	return 0;
}

static int
product(const struct jk_matmul_back *a, struct jk_cpu *cpu, struct jk_err *err)
{
	const struct jk_amx *amx = jk_cpu_amx(cpu, a->type);
	const bool add = a->flags & JK_MATMUL_ACCUMULATE;
	struct slices s = slices_of(a);
	struct jk_weight_gemm p;
	float *sums;
	uint32_t i;

	if (amx) {
		p = panels(a);
		return amx->gemm(&p, cpu, err);
	}
	if (!jk_cpu_takes_onednn(cpu, a->type)) {
		p = panels(a);
		return jk_weight_gemm_run(&p, cpu, err);
	}
	if (s.is_one)
		return multiply(a, &s, cpu, err);
	s.to = sums = jk_cpu_scratch(cpu, JK_CPU_SCRATCH_OP, sums_bytes(a));
	if (!sums)
		return jk_fail_nomem(err);
	if (multiply(a, &s, cpu, err) < 0)
		return -1;
#pragma omp parallel for \
	num_threads(jk_cpu_parallel(cpu, (uint64_t)a->m * a->k))
	for (i = 0; i < a->m; i++)
		jk_put_sums(sums + (size_t)i * a->k, a->k, jk_at(a->dx,
		    (size_t)i * a->ldx, a->type_x), a->type_x, add);
	return 0;
}

JK_HOST_OP(matmul_back)
{
	if (product(a, cpu, err) < 0)
		return -1;
	return a->dz ? JK_ISA_NAME(jk_op_lora_back_x)(
	    &(struct jk_lora_back_x){ .dz = a->dz, .a = a->a, .mask = a->mask,
		.dx = a->dx, .n_rows = a->m, .n_proj = a->n_proj,
		.rank = a->rank, .dim = a->k, .ldx = a->ldx,
		.type = a->type_x, .keep_scale = a->keep_scale }, cpu, err) : 0;
}
