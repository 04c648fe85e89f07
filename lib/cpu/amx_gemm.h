#ifndef JK_CPU_AMX_GEMM_H
#define JK_CPU_AMX_GEMM_H

#include "cpu/weight_gemm.h"

struct jk_cpu_need;

/* The products of many rows (cpu/amx.h). */
#ifdef __AMX_BF16__
#define jk_amx_gemm JK_ISA_NAME(jk_amx_gemm)
#define jk_amx_gemm_need JK_ISA_NAME(jk_amx_gemm_need)
int jk_amx_gemm(const struct jk_weight_gemm *g, struct jk_cpu *cpu,
    struct jk_err *err);
void jk_amx_gemm_need(const struct jk_weight_gemm *g,
    const struct jk_cpu *cpu, struct jk_cpu_need *need);
#endif

#endif
