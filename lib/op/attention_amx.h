#ifndef JK_OP_ATTENTION_AMX_H
#define JK_OP_ATTENTION_AMX_H

#include "op/attention.h"

/* Attention of a pack in AMX tiles (op/attention_amx_tile.h). */
struct jk_amx_attention {
	/* Memory of a thread, a multiple of 64. */
	size_t (*bytes)(const struct jk_attention *a);
	/* y and lse of rows t … t + n - 1, of one sequence, with key head g. */
	void (*block)(const struct jk_attention *a, void *memory, uint32_t t,
	    uint32_t n, uint32_t g);
};

/* NULL where it is not the one for activations of this type. */
#ifdef JK_ISA
#define jk_attention_amx JK_ISA_NAME(jk_attention_amx)
const struct jk_amx_attention *jk_attention_amx(const struct jk_cpu *cpu,
    uint32_t type);
#endif

#endif
