#ifndef JK_DEV_PLAN_H
#define JK_DEV_PLAN_H

#include "dev/dev.h"

/*
 * The memory plan of a run: every buffer with its bytes and the first and the
 * last step that use it, before anything is allocated.  Buffers whose lives
 * do not meet may share memory.  What is kept elsewhere (weights, the
 * libraries' scratch) is entered too, so that the peak is that of the run.
 */
struct jk_plan_buffer {
	char name[48];
	uint64_t size_bytes;
	int first, last;	/* steps, inclusive */
	bool outside;		/* counted, not placed */
	int block;		/* piece of the arena */
	uint64_t offset;	/* in it */
	uint64_t address;	/* after jk_plan_alloc */
	uint64_t *to;		/* where that goes; or NULL */
};

enum { JK_PLAN_BLOCKS = 64 };

struct jk_plan {
	struct jk_plan_buffer *buffers;
	int n_buffers;
	uint64_t arena_bytes;	/* after jk_plan_place */
	uint64_t outside_bytes;
	/* one block, unless the device gives no piece as large */
	uint64_t block_bytes[JK_PLAN_BLOCKS], blocks[JK_PLAN_BLOCKS];
};

/*
 * Enter a buffer, unless it has no bytes; -1 without memory.  `first` to
 * `last` are steps of the caller's counting.  Its address goes to *to (or
 * nowhere: NULL).
 */
int jk_plan_add(struct jk_plan *plan, const char *name, uint64_t size_bytes,
    int first, int last, uint64_t *to, struct jk_err *err) JK_WARN_UNUSED;
/* Enter bytes that live outside the arena for the whole run. */
int jk_plan_outside(struct jk_plan *plan, const char *name,
    uint64_t size_bytes, struct jk_err *err) JK_WARN_UNUSED;

/* Give every buffer its offset; sets arena_bytes.  Errors: JK_ESYS. */
int jk_plan_place(struct jk_plan *plan, struct jk_err *err) JK_WARN_UNUSED;
static inline uint64_t
jk_plan_peak(const struct jk_plan *plan)
{
	return plan->arena_bytes + plan->outside_bytes;
}

/*
 * Allocate the arena on a device and hand out the addresses.  Where the device
 * does not give it in one piece, buffers are placed anew, in several;
 * arena_bytes is then the sum, seldom much more.  Errors: JK_ESYS.
 */
int jk_plan_alloc(struct jk_plan *plan, struct jk_dev *dev,
    struct jk_err *err) JK_WARN_UNUSED;
/* Hand out the addresses once more. */
void jk_plan_put(const struct jk_plan *plan);
/* dev may be NULL when nothing was allocated. */
void jk_plan_release(struct jk_plan *plan, struct jk_dev *dev);

/*
 * A table for people, largest first; buffers that differ only in a trailing
 * number are one line.
 */
void jk_plan_print(const struct jk_plan *plan, struct jk_buf *out);

#endif
