#ifndef JK_OP_ATTENTION_BACK_AMX_H
#define JK_OP_ATTENTION_BACK_AMX_H

#include "op/attention_back.h"

/* Its way back in AMX tiles (op/attention_amx_tile.h). */
struct jk_amx_attention_back {
	/* Memory of a thread, a multiple of 64. */
	size_t (*bytes)(const struct jk_attention_back *a);
	/*
	 * dq of rows t … t + n - 1, of one sequence, with key head g, stored; dk and
	 * dv [T, G, D rounded up to 16] f32, not yet scaled, added to.
	 */
	void (*piece)(const struct jk_attention_back *a, void *memory,
	    uint32_t t, uint32_t n, uint32_t g, float *dk, float *dv);
};

/* NULL where it is not the one for activations of this type. */
#ifdef JK_ISA
#define jk_attention_back_amx JK_ISA_NAME(jk_attention_back_amx)
const struct jk_amx_attention_back *jk_attention_back_amx(
    const struct jk_cpu *cpu, uint32_t type);
#endif

#endif
