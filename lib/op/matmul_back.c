#include "op/matmul_back.h"

#include "dev/host.h"
#include "op/convert.h"
#include "op/op.h"

int
jk_op_matmul_back(const struct jk_matmul_back *a, struct jk_host *host,
    struct jk_err *err)
{
	const void *w = (const void *)(uintptr_t)a->w;

	/* weights of another type are decoded for the call */
	if (a->weight_type != a->type) {
		void *plain = jk_host_scratch(host, JK_HOST_SCRATCH_OP,
		    (size_t)a->n * jk_type_bytes(a->type, a->k));

		if (!plain)
			return jk_fail_nomem(err);
		jk_convert_rows(a->weight_type, w, a->type, plain, a->n, a->k,
		    jk_host_threads(host));
		w = plain;
	}
	return jk_host_gemm(host, &(struct jk_gemm){
		.m = a->m, .n = a->k, .k = a->n,
		.a = (const void *)(uintptr_t)a->dy, .lda = a->ldy,
		.b = w, .ldb = a->k,
		.c = (void *)(uintptr_t)a->dx, .ldc = a->ldx,
		.accumulate = a->flags & JK_MATMUL_ACCUMULATE,
		.type = a->type, .type_c = a->type_x }, err);
}
