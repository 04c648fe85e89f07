#ifndef JK_RECORD_TALLY_H
#define JK_RECORD_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Different strings, numbered as they come, and how often each came. */
struct jk_tally {
	struct jk_tally_entry {
		char *s;	/* followed by a NUL */
		size_t len;
		uint64_t hash, count;
	} *entries;
	uint32_t n_entries;
	size_t cap, n_slots;
	uint32_t *slots;	/* by hash: index + 1 */
};

/* Zero-initialise to start. */
void jk_tally_release(struct jk_tally *t);

/*
 * Count the n bytes at s; *index is their number.  Errors: JK_ESYS; JK_EDATA
 * beyond 2^32 - 1 different strings.
 */
int jk_tally_add(struct jk_tally *t, const char *s, size_t n,
    uint32_t *index, struct jk_err *err) JK_WARN_UNUSED;

/* The commonest first, equally common ones by their bytes: numbers change. */
void jk_tally_sort(struct jk_tally *t);

/* The entry of a string, borrowed until the next one is added; or NULL. */
const struct jk_tally_entry *jk_tally_find(const struct jk_tally *t,
    const char *s, size_t n);

#endif
