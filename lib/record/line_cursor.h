#ifndef JK_RECORD_LINE_CURSOR_H
#define JK_RECORD_LINE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/*
 * A cursor over a record's line, without a tree.  What it takes is JSON beyond
 * doubt, and read as the parser reads it.  All else is left to the parser and
 * its messages: what is wrong, and what is rare (surrogates, U+0000, escapes in
 * names, exponents, integers of more than 15 digits, many members, doubled ones,
 * deep nesting).  So all of these return false, or NULL, where nothing is known.
 */
struct jk_line_cursor {
	const char *at, *end;	/* behind it stands a NUL */
	char *room;		/* where strings go */
};

enum { JK_LINE_MEMBERS = 24 };

/* Names of one object's members. */
struct jk_line_keys {
	struct jk_slice v[JK_LINE_MEMBERS];
	unsigned n;
};

/*
 * Begin with the n bytes at `line`, which a NUL follows; strings go to `room`,
 * which is emptied.  False for what is not UTF-8, and without memory.
 */
bool jk_line_begin(struct jk_line_cursor *c, const char *line, size_t n,
    struct jk_buf *room);

/* Where these two are false, they have stepped over blanks at most. */

/* Step over blanks; whether `byte` stands there, which is stepped over. */
bool jk_line_byte(struct jk_line_cursor *c, char byte);
/* The same of null. */
bool jk_line_null(struct jk_line_cursor *c);

/* Step over blanks; whether nothing is left. */
bool jk_line_is_done(struct jk_line_cursor *c);

/*
 * The next member's name and colon, behind '{' or ','; NULL also for one more
 * than `keys` holds, and for one that is there.
 */
const struct jk_slice *jk_line_key(struct jk_line_cursor *c,
    struct jk_line_keys *keys);
bool jk_slice_is(const struct jk_slice *s, const char *text);

/*
 * A string.  With `string` its characters are put into the room, with a NUL
 * behind them, and last as long.
 */
bool jk_line_string(struct jk_line_cursor *c, struct jk_slice *string);
/* A number; `value` may be NULL. */
bool jk_line_number(struct jk_line_cursor *c, double *value);
/* An integer from 0 on. */
bool jk_line_size(struct jk_line_cursor *c, size_t *value);
/* Any value, which is checked and stepped over. */
bool jk_line_skip(struct jk_line_cursor *c);

#endif
