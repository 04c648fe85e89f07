#ifndef JK_ISA_ISA_H
#define JK_ISA_ISA_H

#include <stdbool.h>

/*
 * Every file of an operation is compiled once for each instruction set that the
 * Makefile lists in ISAS (JK_ISAS must agree), with JK_ISA its name; what such a
 * file exports has that name behind its own.  A host device takes the best that
 * the processor has.  So the whole file may count on the instructions: vectors
 * as wide as the registers (cpu/vec.h), bodies of parallel loops too.
 *
 *	bf16	x86-64-v4 and the instructions for bf16
 *	v4	x86-64-v4: AVX-512
 *	v3	x86-64-v3: AVX2 and FMA
 *	base	whatever the compiler assumes
 */
#define JK_ISA_PASTE_(name, isa) name##_##isa
#define JK_ISA_PASTE(name, isa) JK_ISA_PASTE_(name, isa)

#if defined(__x86_64__)
#define JK_ISAS(X) X(bf16) X(v4) X(v3) X(base)
#else
#define JK_ISAS(X) X(base)
#endif

enum jk_isa {
#define ISA(isa) JK_ISA_##isa,
	JK_ISAS(ISA)
#undef ISA
	JK_N_ISAS
};

/* The first one that leaves oneDNN for cpu/weight_gemm.h; so do those behind it. */
#if defined(__x86_64__)
#define JK_ISA_PANELS JK_ISA_v3
#else
#define JK_ISA_PANELS JK_ISA_base
#endif
/* The ones before it multiply bf16 in hardware. */
#if defined(__x86_64__)
#define JK_ISA_FAST_BF16 JK_ISA_v4
#else
#define JK_ISA_FAST_BF16 JK_ISA_base
#endif

/* Whether the processor has it; the best that it has. */
bool jk_isa_has(enum jk_isa isa);
enum jk_isa jk_isa_best(void);
const char *jk_isa_name(enum jk_isa isa);

#ifdef JK_ISA
#define JK_ISA_NAME(name) JK_ISA_PASTE(name, JK_ISA)

/* The head of an operation's host version.  Errors: JK_ESYS. */
#define JK_HOST_OP(name) \
	int JK_ISA_NAME(jk_op_##name)(const struct jk_##name *a, \
	    struct jk_host *host, struct jk_err *err)
#else
/* Nobody else calls it. */
#define JK_HOST_OP(name) struct jk_##name
#endif

#endif
