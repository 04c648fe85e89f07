#ifndef JK_RECORD_JOKE_SCAN_H
#define JK_RECORD_JOKE_SCAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "record/joke.h"

/*
 * A quick way from a line to a struct jk_joke (record/line_cursor.h).
 *
 * Returns true if the line is a record, well-formed beyond doubt, and `joke`
 * what jk_joke_read would make of it; its strings then live in `s` until the
 * next call.  Else nothing is known, and the line is to be parsed, as are those
 * with provenance or "error".
 *
 * The line's n bytes are followed by a NUL.
 */
struct jk_joke_scan {
	struct jk_buf room;
};

bool jk_joke_scan(struct jk_joke_scan *s, const char *line, size_t n,
    struct jk_joke *joke);
void jk_joke_scan_release(struct jk_joke_scan *s);

#endif
