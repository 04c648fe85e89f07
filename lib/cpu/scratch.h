#ifndef JK_CPU_SCRATCH_H
#define JK_CPU_SCRATCH_H

#include <stddef.h>

/*
 * Memory that one call after another uses: it grows, and what it held is lost
 * when it does.  All zeros is an empty one.
 */
struct jk_scratch {
	void *p;
	size_t size_bytes;
};

/* At least size_bytes, 64-byte aligned, not cleared; NULL without memory. */
void *jk_scratch_get(struct jk_scratch *s, size_t size_bytes);
void jk_scratch_release(struct jk_scratch *s);

#endif
