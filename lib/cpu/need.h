#ifndef JK_CPU_NEED_H
#define JK_CPU_NEED_H

#include "cpu/cpu.h"

/*
 * The memory that calls will take beside their arguments, before they are
 * made: of each scratch slot the most that one of them asks for, and oneDNN's
 * products of different shapes.  Every operation that takes scratch memory has
 * a rule that enters what it needs (JK_HOST_NEED of op/shared.h).
 * All zeros to start.
 */
struct jk_cpu_need {
	uint64_t slot_bytes[JK_CPU_N_SCRATCHES];
	struct jk_gemm gemms[JK_ONEDNN_KEPT];
	uint32_t n_gemms;
	uint64_t kept_bytes;	/* that the last of them would keep (cpu/kept.h) */
};

/* A call takes so much of a slot. */
void jk_cpu_needs(struct jk_cpu_need *need, enum jk_cpu_slot slot,
    uint64_t size_bytes);
/* A call decodes n rows of W [N, K] at a time (jk_cpu_decode). */
void jk_cpu_needs_decoded(struct jk_cpu_need *need, uint32_t stored,
    uint32_t type, uint32_t n, uint32_t k);
/* A call multiplies through oneDNN. */
void jk_cpu_needs_gemm(struct jk_cpu_need *need, const struct jk_gemm *g);
/* All of it, where each product comes with n_variants numbers of rows. */
uint64_t jk_cpu_need_bytes(const struct jk_cpu_need *need,
    uint64_t n_variants);

#endif
