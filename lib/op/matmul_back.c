#include "op/matmul_back.h"

#include "dev/host.h"

/* W is plain f32 or bf16 here, in the type of dy: JK_WEIGHT_MATRIX. */
int
jk_op_matmul_back(const struct jk_matmul_back *a, struct jk_host *host,
    struct jk_err *err)
{
	if (a->weight_type != a->type)
		return jk_fail(err, JK_ESYS, "weights of type %u under "
		    "activations of type %u", a->weight_type, a->type);
	return jk_host_gemm(host, &(struct jk_gemm){
		.m = a->m, .n = a->k, .k = a->n,
		.a = (const void *)(uintptr_t)a->dy, .lda = a->ldy,
		.b = (const void *)(uintptr_t)a->w, .ldb = a->k,
		.c = (void *)(uintptr_t)a->dx, .ldc = a->ldx,
		.accumulate = a->flags & JK_MATMUL_ACCUMULATE,
		.type = a->type, .type_c = a->type_x }, err);
}
