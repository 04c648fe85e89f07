#ifndef JK_CLEAN_OUTCOME_H
#define JK_CLEAN_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { JK_BEGINNING_BYTES = 48 };

/*
 * What came of the rows of a file, and whether it makes one doubt that they
 * were read as they are meant (read/doubts.h: what the rows themselves do).
 *
 * A record's beginning is its first two words, or the first where that ends in
 * a colon, within its first line and JK_BEGINNING_BYTES; all numbers are 0.
 */
struct jk_outcome {
	uint64_t rows;			/* that were no bad ones */
	uint64_t empty;			/* of them: no text was left */
	uint64_t records;
	uint64_t alike;		/* Boyer and Moore's majority vote, for ... */
	char beginning[JK_BEGINNING_BYTES];
	size_t n_beginning;
};

/* A row became as many records; then jk_outcome_record of each. */
void jk_outcome_row(struct jk_outcome *o, size_t n_records);
void jk_outcome_record(struct jk_outcome *o, const char *text, size_t n);
/* Add what came of the rows behind, counted apart. */
void jk_outcome_add(struct jk_outcome *o, const struct jk_outcome *more);

/*
 * Append a line for each doubt: nine of ten rows, two or more, `bad` ones among
 * them, that gave no record; of ten records or more, nine of ten (eight at
 * least) that begin alike.
 */
void jk_outcome_tell(const struct jk_outcome *o, uint64_t bad,
    struct jk_buf *lines);

#endif
