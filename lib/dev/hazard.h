#ifndef JK_DEV_HAZARD_H
#define JK_DEV_HAZARD_H

#include "op/op.h"

/*
 * Which barriers a recorded sequence of operations needs.
 *
 * Operations that a device may overlap must be told apart where one reads or
 * writes what another writes.  The recorder keeps the byte ranges touched
 * since the last barrier; an operation that would read a written range, or
 * write a range that was read or written, needs a barrier before it, after
 * which nothing is outstanding.  Validation layers do not see through
 * addresses, so this is tested on its own.
 */

struct jk_range {
	uint64_t begin, end;
};

struct jk_hazards {
	struct jk_range *reads, *writes;
	int n_reads, n_writes, cap_reads, cap_writes;
};

/*
 * Note an operation's accesses.  Returns 1 when a barrier is needed before it
 * (the outstanding ranges are then this operation's alone), 0 when not, -1
 * without memory.
 */
int jk_hazards_note(struct jk_hazards *h, const struct jk_access *accesses,
    int n, struct jk_err *err) JK_WARN_UNUSED;

/* Forget all outstanding accesses: everything was waited for. */
void jk_hazards_clear(struct jk_hazards *h);
void jk_hazards_release(struct jk_hazards *h);

#endif
