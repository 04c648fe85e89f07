#ifndef JK_BASE_WRAP_H
#define JK_BASE_WRAP_H

#include "base/buf.h"

/* Lines for a terminal, which cuts words at its edge.  Columns are characters. */

/*
 * Append text in lines of up to `columns` characters, broken at blanks but for
 * those of a command, which is copied from a terminal: before an option, behind
 * one of a letter, around "|", in and before '...'.  A longer word has a line of
 * its own; text in lines stays as it is.
 */
void jk_buf_add_wrapped(struct jk_buf *b, const char *s, size_t columns);

/* The same of text that comes piece by piece, with lines of its own. */
struct jk_wrap {
	size_t columns;		/* of the terminal */
	size_t column;		/* behind what was given */
	struct jk_buf word;	/* begun, not yet given */
};

void jk_wrap_init(struct jk_wrap *w, size_t columns);
void jk_wrap_release(struct jk_wrap *w);

/* Append what has ended of the text so far.  Without memory `to` fails. */
void jk_wrap_add(struct jk_wrap *w, const char *s, size_t n, struct jk_buf *to);

/* Append the rest; what is added next begins a line. */
void jk_wrap_end(struct jk_wrap *w, struct jk_buf *to);

#endif
