#ifndef JK_BASE_IO_H
#define JK_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Reads and writes that survive EINTR and short counts, files that appear
 * whole or not at all, and files mapped into memory.  What is written through a
 * jk_out or a jk_file fails once an allocation was lost (jk_note_nomem).
 */

/* FOLDER/NAME, which the caller frees; NULL without memory (JK_ESYS). */
char *jk_path_join(const char *folder, const char *name, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Whether nothing has that name.  Where it cannot be told, as with an error of
 * the disk, something may have it: opening it says what is wrong.
 */
bool jk_is_absent(const char *path);

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

/* Write all n bytes.  Errors: JK_ESYS, without a name (the caller adds it). */
int jk_write_all(int fd, const void *p, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/* A buffered writer of a file descriptor that the caller owns. */
struct jk_out {
	int fd;
	const char *name;
	char *data;
	size_t len, cap;
};

/* `name` is borrowed.  Errors: JK_ESYS (memory). */
int jk_out_init(struct jk_out *out, int fd, const char *name,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_out_write(struct jk_out *out, const void *p, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_out_flush(struct jk_out *out, struct jk_err *err) JK_WARN_UNUSED;
/*
 * Flush, close the descriptor and check the result of closing; frees in
 * every case.  Errors: JK_ESYS.
 */
int jk_out_close(struct jk_out *out, struct jk_err *err) JK_WARN_UNUSED;
/* Free without writing; the descriptor stays open. */
void jk_out_release(struct jk_out *out);

/*
 * A file that appears under its name only when complete: written to
 * NAME.tmp-PID in the same folder, synced, renamed.  What killed processes left
 * under such names is removed first (base/temp.h).  Where the name is that of
 * a device or a pipe, as /dev/stderr, it is written into, not replaced.
 */
struct jk_file {
	struct jk_out out;
	char *path, *tmp;	/* tmp NULL: written into, or committed */
};

int jk_file_begin(struct jk_file *f, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
/*
 * Sync, rename, sync the folder.  On failure the old file stays, unless only
 * the folder could not be synced: then the new one stands there.
 */
int jk_file_commit(struct jk_file *f, struct jk_err *err) JK_WARN_UNUSED;
/* Remove the temporary file.  Does nothing after a commit. */
void jk_file_abort(struct jk_file *f);

/*
 * Make what was renamed to `path`, or away from it, durable: sync the folder
 * that it is in.  Errors: JK_ESYS.
 */
int jk_sync_folder(const char *path, struct jk_err *err) JK_WARN_UNUSED;

/* Write n bytes as a whole file, as above. */
int jk_file_put(const char *path, const void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether two paths lead to one regular file or folder, by links of any kind;
 * false where one of them leads to nothing.
 */
bool jk_same_file(const char *a, const char *b);
/* The same, also of two that do not exist: one name in one folder. */
bool jk_same_place(const char *a, const char *b);

/* A file mapped read-only.  An empty file has data "" and size 0. */
struct jk_map {
	const unsigned char *data;
	size_t size_bytes;
};

/* Errors: JK_ESYS; JK_EDATA for what is not a regular file. */
int jk_map_open(struct jk_map *m, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_map_close(struct jk_map *m);
/* Give the pages back; what is touched again is read again. */
void jk_map_forget(const struct jk_map *m);

/* Whole file into `b`.  Errors: as jk_in_slurp. */
int jk_read_file(const char *path, struct jk_buf *b, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
