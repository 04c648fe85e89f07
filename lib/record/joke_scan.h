#ifndef JK_RECORD_JOKE_SCAN_H
#define JK_RECORD_JOKE_SCAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "record/joke.h"

/*
 * A quick way from a line to a struct jk_joke, for records whose members are
 * strings, numbers, booleans and null.
 *
 * Returns true if the line is such a record, well-formed beyond doubt, and
 * `joke` what jk_joke_read would make of it; its strings then live in `s`
 * until the next call.  Else nothing is known, and the line is to be parsed:
 * nested members, provenance, "error", surrogates, a doubled member, large
 * numbers and all that is wrong are left to the parser and its messages.
 *
 * The line's n bytes are followed by a NUL.
 */
struct jk_joke_scan {
	struct jk_buf text, theme, id;
};

bool jk_joke_scan(struct jk_joke_scan *s, const char *line, size_t n,
    struct jk_joke *joke);
void jk_joke_scan_release(struct jk_joke_scan *s);

#endif
