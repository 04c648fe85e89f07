#ifndef JK_READ_READER_H
#define JK_READ_READER_H

#include "read/format.h"

/*
 * How a format is read.  To add one: a file with its reader, jk_NAME_reader,
 * and a row of JK_FORMATS (read/format.h).
 *
 * A reader keeps what it needs in in->state, which its `open` makes and its
 * `close` frees; `close` comes after an `open` that failed, too.  Rows are
 * read from in->lines, whose sample `open` may look at.
 */
struct jk_reader {
	const char *const *suffixes;		/* of files; NULL behind them */

	/*
	 * How surely the n bytes at s, which begin a file, are of this format,
	 * by a scale of all readers: 0 not at all, 1 for want of a better one
	 * (plain), 2 by a word (csv), 3 by a line (fortune), 4 by the first
	 * characters (jsonl, json; these overrule a file's name).  NULL: it is
	 * not told by them.
	 */
	int (*guess)(const char *s, size_t n);

	/*
	 * As jk_input_open and jk_input_next; `row` comes empty.  `next` sets
	 * its begin and end, for a bad row, too.  Both tell of the bytes that
	 * they read (jk_input_tell), up to the end of the row at least; at the
	 * end of the file, of all.
	 */
	int (*open)(struct jk_input *in, struct jk_err *err);
	int (*next)(struct jk_input *in, struct jk_input_row *row, bool *fatal,
	    struct jk_err *err);
	void (*close)(struct jk_input *in);

	/* Add members that tell how it was read; -1 without memory; or NULL. */
	int (*describe)(const struct jk_input *in, json_t *file);
};

/* Add a line that people should read once, before the first row. */
void jk_input_note(struct jk_input *in, const char *fmt, ...) JK_PRINTF(2, 3);

/*
 * Tell who listens that all bytes before `end` that were not told of yet stand
 * there for that reason.
 */
static inline void
jk_input_tell(struct jk_input *in, enum jk_range_kind why, uint64_t end)
{
	const struct jk_range_listener *ranges = in->options->ranges;

	if (!ranges || end == in->told)
		return;
	ranges->see(ranges->arg, why, in->told, end);
	in->told = end;
}

#define X(id, name) extern const struct jk_reader jk_##name##_reader;
JK_FORMATS(X)
#undef X

#endif
