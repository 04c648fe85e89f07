#ifndef JK_CPU_CPU_H
#define JK_CPU_CPU_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cpu/onednn.h"
#include "isa/isa.h"

/*
 * What the host versions of operations share: the number of threads, the
 * instruction set, scratch memory, oneDNN.  Used from one thread.
 */
struct jk_cpu;

/* threads: 0 for all that the process may use.  Errors: JK_ESYS. */
int jk_cpu_open(int threads, struct jk_cpu **cpu, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_cpu_close(struct jk_cpu *cpu);

/* The instruction set whose code runs (rows are decoded by the best). */
enum jk_isa jk_cpu_isa(const struct jk_cpu *cpu);
/* Another one, for tests: false, and nothing changes, where it is not had. */
bool jk_cpu_use(struct jk_cpu *cpu, enum jk_isa isa) JK_WARN_UNUSED;

/* threads, or all that the process may use for 0; what OpenMP gives at most. */
int jk_cpu_threads_wanted(int threads);
/* What work is cut for, and scratch memory holds; results may depend on it. */
int jk_cpu_threads(const struct jk_cpu *cpu);
void jk_cpu_set_threads(struct jk_cpu *cpu, int n_threads);
/*
 * Threads of a parallel region: as many, or fewer on a busy machine (cpu/team.h);
 * results do not depend on it.  It changes in jk_cpu_look alone, to be called
 * between operations.  parallel: one for n elements that are done before threads
 * have met.  fix: it stays n, for tests.
 */
int jk_cpu_team(const struct jk_cpu *cpu);
int jk_cpu_parallel(const struct jk_cpu *cpu, uint64_t n_elements);
void jk_cpu_look(struct jk_cpu *cpu);
void jk_cpu_fix_team(struct jk_cpu *cpu, int n);

/*
 * Once *stop is not 0, operations may end early and leave anything in what
 * they write (NULL: they never do).  Asked before pieces of work that threads
 * take one by one.
 */
void jk_cpu_watch(struct jk_cpu *cpu, const volatile sig_atomic_t *stop);
bool jk_cpu_is_stopped(const struct jk_cpu *cpu);

/*
 * Scratch memory that lives until the next call with the same slot; NULL
 * without memory.  64-byte aligned, not cleared.
 */
enum jk_cpu_slot {
	JK_CPU_SCRATCH_GEMM,	/* products: panels, oneDNN's own */
	JK_CPU_SCRATCH_OP,	/* what an operation computes with */
	JK_CPU_SCRATCH_CUTS,	/* how an operation cuts its rows */
	JK_CPU_SCRATCH_WEIGHTS,	/* weights decoded for a product */
	JK_CPU_N_SCRATCHES
};
void *jk_cpu_scratch(struct jk_cpu *cpu, enum jk_cpu_slot slot,
    size_t size_bytes);

/*
 * Weights of products of many rows that stay in the form that these want
 * (cpu/kept.h): from now on, as many as `bytes` hold; none of those before.
 */
void jk_cpu_keep(struct jk_cpu *cpu, uint64_t bytes);
struct jk_kept *jk_cpu_kept(struct jk_cpu *cpu);

/*
 * Whether oneDNN is the one to multiply many rows of activations of this type.
 * Where it gains nothing (below AVX-512), or has no bf16, cpu/weight_gemm.h
 * does.
 */
bool jk_cpu_takes_onednn(const struct jk_cpu *cpu, uint32_t type);

/*
 * Whether the processor, the system and oneDNN's ONEDNN_MAX_CPU_ISA let AMX
 * multiply bf16 (cpu/amx.h: in the set that has it); not to do so, for tests.
 */
bool jk_cpu_has_amx(const struct jk_cpu *cpu);
void jk_cpu_forget_amx(struct jk_cpu *cpu);

/*
 * Weights that are decoded for one product.  slice: how many rows of W [N, K]
 * go at a time (N where they need no decoding), so that they stay in a cache
 * and no copy of a whole embedding is needed.  decode: rows j … j + n - 1 in
 * `type`, where they lie or in scratch memory until the next call; NULL and an
 * error (JK_ESYS) without memory.
 */
uint32_t jk_cpu_slice(uint32_t stored, uint32_t type, uint32_t n, uint32_t k);
const void *jk_cpu_decode(struct jk_cpu *cpu, uint64_t w, uint32_t stored,
    uint32_t type, uint32_t j, uint32_t n, uint32_t k, struct jk_err *err);

/* A product through oneDNN, with this one's threads (cpu/onednn.h). */
int jk_cpu_gemm(struct jk_cpu *cpu, const struct jk_gemm *g,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
