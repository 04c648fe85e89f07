#ifndef JK_BASE_IN_H
#define JK_BASE_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Reads that survive EINTR and short counts: lines, bytes, whole files. */

#ifdef JK_FUZZ	/* small, so that inputs of a fuzzer cross it */
enum { JK_MAX_LINE_BYTES = 1 << 12 };
#else
enum { JK_MAX_LINE_BYTES = 64 << 20 };
#endif
enum { JK_MAX_STREAM_BYTES = 1 << 30 };	/* of what is read as a whole */

/* A buffered reader of one file, or of standard input. */
struct jk_in {
	int fd;
	const char *name;	/* for messages: the path, or "<stdin>" */
	char *data;
	size_t at, end, cap;
	uint64_t line;		/* number of the line last returned, from 1 */
	uint64_t offset;	/* bytes handed out so far */
	uint64_t size_bytes;	/* size of a regular file, else 0 */
	size_t max_line;	/* bytes, JK_MAX_LINE_BYTES; 0: any */
	bool eof;
	bool no_text;		/* a line too long and with NULs: reading ended */
};

/*
 * Open `path` for reading; NULL or "-" is standard input.  The path is
 * borrowed and must outlive the reader.  Errors: JK_ESYS.
 */
int jk_in_open(struct jk_in *in, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_in_close(struct jk_in *in);

/*
 * The next line without its line feed.  A last line without one counts.
 * Returns 1 (line), 0 (end), -1 (error).  *line is valid until the next call
 * and is followed by a NUL byte (it may hold others).  Errors: JK_ESYS; JK_EDATA
 * for a line of more than max_line bytes, behind which reading can go on unless
 * a NUL in it says that this is no text and, as /dev/zero, may never end.
 */
int jk_in_line(struct jk_in *in, char **line, size_t *len, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Have the next bytes at data[at … end - 1] without taking them: 1, 0 at the
 * end, -1 on error.
 */
int jk_in_peek(struct jk_in *in, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Up to n bytes into p.  Returns the count, 0 at the end, -1 on error; fewer
 * than n only at the end.
 */
ssize_t jk_in_read(struct jk_in *in, void *p, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Append all that is left to `b`.  Errors: JK_ESYS; JK_EDATA where it is no
 * regular file, and so may never end, for a NUL or JK_MAX_STREAM_BYTES.
 */
int jk_in_slurp(struct jk_in *in, struct jk_buf *b, struct jk_err *err)
	JK_WARN_UNUSED;

/* Whole file into `b`.  Errors: as jk_in_slurp. */
int jk_read_file(const char *path, struct jk_buf *b, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
