#ifndef JK_TOK_SCAN_H
#define JK_TOK_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

/*
 * A cursor over JSON text, for files whose bulk is a few huge arrays: a
 * tokenizer.json of 33 MB holds a million strings, and a tree of them takes
 * longer to build than to use.  Small parts are handed to jansson as they
 * stand.  The text must be valid UTF-8 (the caller has checked).
 */
struct jk_scan {
	const char *start, *at, *end;
	struct jk_buf string;		/* the string last read, unescaped */
	struct jk_err *err;
};

/* Release s->string. */
void jk_scan_release(struct jk_scan *s);

/* Fill the error with "bad JSON at byte K: MESSAGE"; returns -1. */
int jk_scan_fail(struct jk_scan *s, const char *message);

/* Skip white space; the next byte, or 0 at the end. */
char jk_scan_peek(struct jk_scan *s);

/*
 * Step into the container that begins with `open` ('{' or '['), and from
 * member to member: 1 (a member follows), 0 (the container is closed and
 * stepped over), -1 (error).  `first` is true for the first call.
 */
int jk_scan_open(struct jk_scan *s, char open);
int jk_scan_next(struct jk_scan *s, char open, bool first);

/*
 * Read a string: *text and *n are valid until the next call (they point into
 * the text where it has no escapes).  Lone surrogates are errors.
 */
int jk_scan_string(struct jk_scan *s, const char **text, size_t *n);
/* Read a member's name and its colon. */
int jk_scan_key(struct jk_scan *s, const char **text, size_t *n);
/* Read an integer from 0 to UINT32_MAX. */
int jk_scan_u32(struct jk_scan *s, uint32_t *v);

/* Step over a value; it is balanced, not otherwise checked. */
int jk_scan_skip(struct jk_scan *s);
/* Read a value as a tree: a new reference, NULL on error. */
json_t *jk_scan_tree(struct jk_scan *s);

#endif
