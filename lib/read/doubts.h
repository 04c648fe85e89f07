#ifndef JK_READ_DOUBTS_H
#define JK_READ_DOUBTS_H

#include <stdint.h>

#include "base/buf.h"

/* What makes one doubt that a file was read as it is meant. */
struct jk_doubts {
	uint64_t rows;
	uint64_t without_letters;
	uint64_t huge;			/* longer than JK_HUGE_ROW_BYTES */
	uint64_t same, same_hash;	/* Boyer and Moore's majority vote */
	char delimiter;			/* a plain text has columns; 0: none */
	struct jk_buf other_place;	/* of jokes in a JSON text, not read */
};

enum { JK_HUGE_ROW_BYTES = 20000, JK_FEW_ROWS = 10 };

/* A row with that text was read. */
void jk_doubts_see(struct jk_doubts *d, const char *text, size_t n);

/*
 * Append a line for each doubt: a tenth of all rows, two or more, without a
 * letter; rows of JK_HUGE_ROW_BYTES; of JK_FEW_ROWS rows or more three quarters
 * with one text; columns in a plain text; jokes in two places.
 */
void jk_doubts_tell(const struct jk_doubts *d, struct jk_buf *lines);

#endif
