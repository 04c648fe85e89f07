#ifndef JK_READ_RANGES_H
#define JK_READ_RANGES_H

#include <stdint.h>

#include "base/json.h"

/*
 * Why each byte of a decoded text stands where it does: each is of one range,
 * the byte order mark included, and a range has one reason.
 *
 * text          of a record's text, as it stands there: with its escapes
 * fields        its theme, rating, source, prompt, members that pass through
 * unused        columns without a name, members that are computed anew
 * names         of columns and members, of who speaks; a line "sep=;"
 * syntax        delimiters, quotes, brackets, blanks around them
 * blanks        blank lines and line ends between entries
 * separators    lines that divide a plain text, numbers in front
 * headings      …, service_messages, turns, elsewhere: left out
 * bad           of a row that an error was told of
 */
#define JK_RANGES(X) \
	X(TEXT, text) \
	X(FIELD, fields) \
	X(UNUSED, unused) \
	X(NAME, names) \
	X(SYNTAX, syntax) \
	X(BLANK, blanks) \
	X(SEPARATOR, separators) \
	X(MARK, byte_order_mark) \
	X(HEADING, headings) \
	X(SERVICE, service_messages) \
	X(TURN, turns) \
	X(ELSEWHERE, elsewhere) \
	X(BAD, bad)

enum jk_range_kind {
#define X(id, name) JK_RANGE_##id,
	JK_RANGES(X)
#undef X
	JK_N_RANGES
};

/*
 * Who is told of the ranges of a file, in their order: each begins where the
 * last one ended, none is empty.  `end` is the first byte behind it.
 */
struct jk_range_listener {
	void (*see)(void *arg, enum jk_range_kind why, uint64_t begin,
	    uint64_t end);
	void *arg;
};

/* A listener that counts bytes; its `arg` is the sums. */
struct jk_range_sums {
	uint64_t bytes[JK_N_RANGES];
};

void jk_range_sum(void *sums, enum jk_range_kind why, uint64_t begin,
    uint64_t end);

/* All bytes, and those of each reason that has some; NULL without memory. */
json_t *jk_range_sums_json(const struct jk_range_sums *sums);

#endif
