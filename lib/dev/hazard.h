#ifndef JK_DEV_HAZARD_H
#define JK_DEV_HAZARD_H

#include "op/op.h"

/*
 * Which barriers a recorded sequence of operations needs.
 *
 * Operations that a device may overlap must be told apart where one reads or
 * writes what another writes.  The recorder keeps the bytes touched since the
 * last barrier; an operation that would read written bytes, or write bytes that
 * were read or written, needs a barrier before it, after which nothing is
 * outstanding.  Rows of a part of a matrix's columns are told from those of
 * another part: q beside k, gate beside up.  Validation layers do not see
 * through addresses, so this is tested on its own.
 */

/*
 * n rows of `width` bytes, `stride` apart, from begin up to end; whole words
 * of 4 bytes, which shaders load and store.
 */
struct jk_range {
	uint64_t begin, end, stride, width, n;
};

struct jk_range jk_range_of(const struct jk_access *a);
/*
 * Whether two ranges have a byte in common.  Of rows with different strides
 * only that their extents meet is asked, and true is the answer.
 */
bool jk_ranges_meet(const struct jk_range *a, const struct jk_range *b);

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
