#ifndef JK_READ_LINES_H
#define JK_READ_LINES_H

#include <iconv.h>

#include "base/in.h"

/*
 * Lines of a text file in any encoding, as UTF-8.
 *
 * The encoding is given, or found: a byte order mark; UTF-16 without one by
 * its zero bytes; UTF-8 where the first bytes are valid UTF-8; otherwise what
 * uchardet says of them.  A code unit that the encoding does not define (a byte;
 * two of UTF-16, four of UTF-32) arrives as one 0xff, which is never valid
 * UTF-8, so that the check of a line finds it.
 */
struct jk_lines {
	struct jk_in in;
	char encoding[32];	/* as iconv(3) names it */
	bool found;		/* the encoding was found, not given */
	bool at_end;		/* nothing left to read */
	iconv_t converter;	/* (iconv_t)-1: the bytes are UTF-8 already */
	size_t unit_bytes;	/* of what is converted */
	struct jk_buf raw;	/* bytes that wait for conversion */
	struct jk_buf text;	/* UTF-8 */
	size_t at;		/* next byte of `text` */
	uint64_t passed;	/* bytes of text that stood before `text` */
	bool only_cr;		/* lines end in \r; they arrive with \n */
	size_t max_bytes;	/* longest line that is kept */
	bool no_text;		/* a longer one had NULs: reading ended */
	uint64_t line;		/* number of the line last returned, from 1 */
};

#ifdef JK_FUZZ	/* small, so that inputs of a fuzzer cross it */
enum { JK_SAMPLE_BYTES = 1 << 10 };
#else
enum { JK_SAMPLE_BYTES = 1 << 18 };
#endif

/*
 * Open `path` (NULL or "-": standard input) and read its beginning.
 * `encoding` NULL means: find it.  Borrows `path`.  Errors: JK_ESYS;
 * JK_EUSAGE for an encoding that iconv does not know; JK_EDATA where the
 * encoding cannot be found, or the file is no text (read/container.h).
 */
int jk_lines_open(struct jk_lines *l, const char *path, const char *encoding,
    size_t max_bytes, struct jk_err *err) JK_WARN_UNUSED;
void jk_lines_close(struct jk_lines *l);

/*
 * The beginning of the file as UTF-8, for finding out what it holds: what its
 * first JK_SAMPLE_BYTES make, which may be several times as many bytes.  To be
 * asked before the first jk_lines_next.  Borrowed.
 */
const char *jk_lines_sample(const struct jk_lines *l, size_t *n);

/*
 * The next line without its line feed; a carriage return before that stays.
 * Returns 1, 0 at the end, -1 on error:
 * JK_ESYS, or JK_EDATA with "NAME:LINE: …" for a line of more than max_bytes,
 * behind which reading can go on unless a NUL in it says that this is no text
 * and, as /dev/zero, may never end.  *line is valid until the next call.
 */
int jk_lines_next(struct jk_lines *l, const char **line, size_t *n,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * For what is not made of lines: the next bytes, at least one, without taking
 * them.  Returns 1, 0 at the end, -1 (JK_ESYS).  Taking them counts the lines
 * that end there, so that the next byte's line is l->line + 1.
 */
int jk_lines_peek(struct jk_lines *l, const char **s, size_t *n,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_lines_take(struct jk_lines *l, size_t n);

/* Bytes of the text, as UTF-8, a byte order mark included, given out so far. */
static inline uint64_t
jk_lines_offset(const struct jk_lines *l)
{
	return l->passed + l->at;
}

/*
 * Whether n bytes that begin with line number `line` are text: JK_EDATA with
 * "NAME:LINE: …" where they are not valid in their encoding or hold a NUL.
 */
int jk_lines_check(const struct jk_lines *l, uint64_t line, const char *s,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Name the encoding of the n bytes at s, which begin a file (`whole`: and are
 * all of it).  Returns NULL where it cannot be told.
 */
const char *jk_find_encoding(const char *s, size_t n, bool whole,
    char name[32]);

#endif
