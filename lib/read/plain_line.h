#ifndef JK_READ_PLAIN_LINE_H
#define JK_READ_PLAIN_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "read/format.h"

/* What a line of a plain text is by itself. */
enum jk_line_kind {
	JK_LINE_BLANK,
	JK_LINE_SIGNS,		/* a separator of signs */
	JK_LINE_NUMBER,		/* a number alone */
	JK_LINE_HEADING,
	JK_LINE_TEXT
};

struct jk_plain_line {
	enum jk_line_kind kind;
	enum jk_separator signs;	/* JK_LINE_SIGNS: JK_SEPARATOR_STARS … */
	uint64_t number;	/* of JK_LINE_NUMBER; in front of a text */
	size_t number_bytes;	/* what that takes there, 0: none is in front */
	bool marked;		/* the number has a №, # or word before it */
	size_t n;		/* bytes without the blanks at the end */
	size_t chars;
	bool has_dash;		/* begins with one, as what somebody says */
	bool has_small;		/* begins with a small letter */
	bool has_replies;	/* there is a dash behind a sentence in it, too */
	bool ends;		/* as a sentence does */
};

struct jk_plain_line jk_plain_look(const char *s, size_t n);

/* "Name: ", what a field begins with: the bytes of the name, 0: none. */
size_t jk_plain_label(const char *s, size_t n);

#endif
