#ifndef JK_READ_DIVIDE_H
#define JK_READ_DIVIDE_H

#include "read/plain_line.h"

/*
 * What divides a plain text into entries.
 *
 * No line settles it: the beginning of the file is divided in every way that
 * its lines offer, and the way that explains it best is taken, by the length of
 * a message that would tell it (Rissanen, "Modeling by shortest data
 * description", Automatica 14, 1978) with rough prices: an entry costs
 * something, more if it is very short or long; so does what looks like a
 * separator and is left inside, or divides elsewhere.
 */
struct jk_divider {
	enum jk_separator rule;		/* never JK_SEPARATOR_AUTO */
	char mark[64];			/* JK_SEPARATOR_MARK: the line, … */
	size_t mark_bytes;		/* … 0: any */
	bool counts_down;		/* numbers do */
	/* while dividing */
	bool have_number;
	uint64_t number;		/* the last one */
	size_t n_blank;			/* blank lines just before */
};

enum jk_line_role {
	JK_LINE_INSIDE,			/* of an entry */
	JK_LINE_DIVIDES,		/* and belongs to none */
	JK_LINE_TITLE,			/* the same: a heading, with words */
	JK_LINE_BEGINS			/* an entry, behind number_bytes */
};

/*
 * Choose by the n bytes at s, which begin a file; `whole`: and are all of it.
 * `asked` other than JK_SEPARATOR_AUTO is taken as it is.  `why` gets lines for
 * people: what was chosen, what it costs, the next best.
 */
void jk_divider_find(struct jk_divider *d, enum jk_separator asked,
    const char *s, size_t n, bool whole, struct jk_buf *why);

/* Begin at the first line. */
void jk_divider_start(struct jk_divider *d);
/* What the next line, of n bytes at s, is; `look` is what it is by itself. */
enum jk_line_role jk_divider_line(struct jk_divider *d, const char *s,
    const struct jk_plain_line *look);

const char *jk_separator_name(enum jk_separator separator);

#endif
