#ifndef JK_OP_OP_H
#define JK_OP_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "op/table.h"

/* What the table knows of an operation, for recorders, checks and reports. */

enum { JK_MAX_ACCESS = 12 };

/*
 * Bytes that a call touches: all of size_bytes, or rows of width_bytes,
 * stride_bytes apart, the first at `address` and the last up to its end.
 */
struct jk_access {
	const char *name;	/* member of the argument struct */
	uint64_t address;
	uint64_t size_bytes;	/* absent addresses are left out */
	uint64_t stride_bytes, width_bytes;	/* size_bytes: one row */
	bool read, write;
};

const char *jk_op_name(enum jk_op op);
size_t jk_op_args_size(enum jk_op op);
/* Addresses stand first in an argument struct: how many there are. */
int jk_op_n_addresses(enum jk_op op);

/*
 * The accesses of one call, absent addresses left out; returns how many.
 * `args` is the operation's struct.
 */
int jk_op_accesses(enum jk_op op, const void *args,
    struct jk_access out[JK_MAX_ACCESS]);

/*
 * Floating-point operations that the call needs (2 for a multiply-add in a
 * matrix product), for breakdowns and for the size of submissions; 0 for
 * operations on rows and elements, whose time goes with the bytes.  Of
 * attention and attention_back an upper bound, since the rows alone say who
 * sees what: every row of a pack sees all before it, and one of a cache all of
 * the cache, whatever the window.
 */
double jk_op_flops(enum jk_op op, const void *args);

/*
 * What a breakdown counts.  Of attention the pairs that see each other, which rows
 * tell where they can be read (on the host), else 0; the bytes read and written,
 * each once, 0 of embedding and copy_rows, which touch a part of what they name.
 */
double jk_op_exact_flops(enum jk_op op, const void *args, bool reads_rows);
double jk_op_bytes(enum jk_op op, const void *args);

struct jk_cpu;	/* what the host versions share: cpu/cpu.h */

typedef int jk_op_run_fn(enum jk_op op, const void *args, struct jk_cpu *cpu,
    struct jk_err *err);

/* Run an operation on the host, now.  Errors: JK_ESYS. */
jk_op_run_fn jk_op_run_host;

struct jk_cpu_need;
typedef void jk_op_need_fn(enum jk_op op, const void *args,
    const struct jk_cpu *cpu, uint32_t longest_prefix,
    struct jk_cpu_need *need);

/*
 * Enter the scratch memory that a call will take on the host (cpu/need.h), in
 * passes with at most longest_prefix rows of a shared prefix.
 */
jk_op_need_fn jk_op_need_host;

/* The same for one instruction set (isa/isa.h). */
#ifdef JK_ISA
jk_op_run_fn JK_ISA_NAME(jk_op_run);
jk_op_need_fn JK_ISA_NAME(jk_op_need);
#endif

#endif
