#ifndef JK_ISA_ISA_H
#define JK_ISA_ISA_H

#include <stdbool.h>

/*
 * Instruction sets.  Inner loops stand in files that are compiled once for
 * each set that the Makefile lists, best first, with JK_ISA its name; what such
 * a file exports has that name behind its own.  So the whole file may count on
 * the instructions: vectors as wide as the registers (cpu/vec.h), bodies of
 * parallel loops too.  The Makefile passes its list as JK_ISAS(X, ...), which
 * is X(set, ...) for each.
 *
 *	bf16	x86-64-v4 and the instructions for bf16
 *	v4	x86-64-v4: AVX-512
 *	v3	x86-64-v3: AVX2 and FMA
 *	base	whatever the compiler assumes
 */
#define JK_ISA_PASTE_(name, isa) name##_##isa
#define JK_ISA_PASTE(name, isa) JK_ISA_PASTE_(name, isa)

enum jk_isa {
#define ISA(isa, ...) JK_ISA_##isa,
	JK_ISAS(ISA)
#undef ISA
	JK_N_ISAS
};

/* Whether the processor has it; the best that it has. */
bool jk_isa_has(enum jk_isa isa);
enum jk_isa jk_isa_best(void);
const char *jk_isa_name(enum jk_isa isa);

/*
 * For files that are compiled once: name_of[isa] is the version of a function,
 * of the type fn, that was compiled for a set.
 */
#define JK_ISA_DECLARE_(isa, fn, name) fn name##_##isa;
#define JK_ISA_ENTRY_(isa, name) name##_##isa,
#define JK_ISA_TABLE(fn, name) \
	JK_ISAS(JK_ISA_DECLARE_, fn, name) \
	static fn *const name##_of[JK_N_ISAS] = { JK_ISAS(JK_ISA_ENTRY_, name) }

#ifdef JK_ISA
#define JK_ISA_NAME(name) JK_ISA_PASTE(name, JK_ISA)
#endif

#endif
