#include "cpu/need.h"

#include "quant/dtype.h"

void
jk_cpu_needs(struct jk_cpu_need *need, enum jk_cpu_slot slot,
    uint64_t size_bytes)
{
	if (size_bytes > need->slot_bytes[slot])
		need->slot_bytes[slot] = size_bytes;
}

void
jk_cpu_needs_decoded(struct jk_cpu_need *need, uint32_t stored, uint32_t type,
    uint32_t n, uint32_t k)
{
	if (stored != type)
		jk_cpu_needs(need, JK_CPU_SCRATCH_WEIGHTS,
		    n * jk_type_bytes(type, k));
}

void
jk_cpu_needs_gemm(struct jk_cpu_need *need, const struct jk_gemm *g)
{
	uint32_t i;

	for (i = 0; i < need->n_gemms; i++)
		if (jk_gemm_is_like(&need->gemms[i], g))
			return;
	if (need->n_gemms < JK_ONEDNN_KEPT)
		need->gemms[need->n_gemms++] = *g;
}

uint64_t
jk_cpu_need_bytes(const struct jk_cpu_need *need, uint64_t n_variants)
{
	uint64_t n = need->n_gemms, bytes = 0;
	int i;

	n = n && n_variants > JK_ONEDNN_KEPT / n ? JK_ONEDNN_KEPT :
	    n * n_variants;
	for (i = 0; i < JK_CPU_N_SCRATCHES; i++)
		bytes += need->slot_bytes[i];
	return bytes + n * JK_ONEDNN_PRIMITIVE_BYTES;
}
