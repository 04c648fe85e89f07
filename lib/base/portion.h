#ifndef JK_BASE_PORTION_H
#define JK_BASE_PORTION_H

#include <stdint.h>

#include "base/err.h"

/*
 * A part of an input, for one of several processes: parts that are joined in
 * their order are the whole.
 */
struct jk_portion {
	uint64_t i, n;		/* part i of n, from 1; n 0: all of it */
};

/* "2/8".  Errors: JK_EUSAGE, naming the text. */
int jk_portion_parse(const char *s, struct jk_portion *p, struct jk_err *err)
	JK_WARN_UNUSED;

/* Which of n records: *begin … *end - 1.  Parts differ by one at most. */
void jk_portion_range(const struct jk_portion *p, uint64_t n_records,
    uint64_t *begin, uint64_t *end);

#endif
