#ifndef JK_READ_CSV_H
#define JK_READ_CSV_H

#include <csv.h>

#include "read/lines.h"

/*
 * Rows of CSV and TSV (RFC 4180 with any delimiter), as libcsv reads them.
 * Nearly all rows are simple enough for jk_csv_line, which is many times as
 * fast; the others are for libcsv.
 *
 * A broken quote costs its own line only.  A row is parsed strictly; where
 * that fails, its first line is parsed once more by itself, taking quotes
 * inside a field as text; where that fails too, the line is an error and
 * reading goes on with the next line.
 */
struct jk_csv {
	struct jk_lines *lines;		/* borrowed */
	struct csv_parser parser;
	bool have_parser;
	unsigned char delimiter, quote;
	bool by_library;		/* libcsv parses the row */
	bool open;			/* it does not, and a quote is open */
	struct jk_buf data;		/* the fields, each with a NUL */
	size_t *ends;			/* end of each field in `data` */
	size_t n_fields, cap_fields;
	bool row_done, failed;
	uint64_t line;			/* line where the row begins */
	struct jk_buf raw;		/* lines read, from the row's first */
	size_t raw_at;			/* next byte of `raw` to parse */
	uint64_t raw_line;		/* number of the line at raw_at */
	bool raw_bare;			/* its last line has no line feed */
	size_t row_bytes;		/* of `raw`, until the next row */
	unsigned char row_options;	/* with which it was parsed */
	uint64_t begin, end;		/* the row's bytes (jk_lines_offset) */
};

/* A delimiter that no text has: rows of one column. */
enum { JK_CSV_ONE_COLUMN = '\x1f' };

/* `quote` 0: no quoting.  Borrows `lines`.  Errors: JK_ESYS. */
int jk_csv_init(struct jk_csv *c, struct jk_lines *lines, char delimiter,
    char quote, struct jk_err *err) JK_WARN_UNUSED;
void jk_csv_release(struct jk_csv *c);

/*
 * The next row with at least one field; blank lines are passed over.  Returns
 * 1, 0 at the end, -1 on error: JK_ESYS, or JK_EDATA with "NAME:LINE: …",
 * behind which reading can go on.
 */
int jk_csv_next(struct jk_csv *c, struct jk_err *err) JK_WARN_UNUSED;

/* Field i of the row, borrowed until the next call, with a NUL behind it. */
const char *jk_csv_field(const struct jk_csv *c, size_t i, size_t *n);

/*
 * Call `see` with the bytes of each field of the row, without quotes and blanks
 * around it, in their order (jk_lines_offset).  Once, behind jk_csv_next.
 * Errors: JK_ESYS.
 */
int jk_csv_see_fields(struct jk_csv *c, void (*see)(void *arg, size_t i,
    uint64_t begin, uint64_t end), void *arg, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Find the delimiter (of , ; tab |) and whether '"' quotes, from the n bytes
 * of UTF-8 that begin a file: the pair for which most rows have as many
 * columns as the first, at least two.  Returns the share of such rows, 0 to
 * 1, or 0 when no delimiter makes columns.  Errors: -1, JK_ESYS.
 */
double jk_csv_sniff(const char *s, size_t n, char *delimiter, char *quote,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Call `see` with each row of the n bytes of UTF-8 that begin a file, up to
 * 1000, but for one that the end may cut.  Errors: JK_ESYS.
 */
int jk_csv_sample(const char *s, size_t n, char delimiter, char quote,
    void (*see)(const struct jk_csv *row, void *arg), void *arg,
    struct jk_err *err) JK_WARN_UNUSED;

/* --- for csv.c: csv_line.c */

/*
 * Rows of CSV line by line, but for what is unusual: fields in quotes with the
 * quotes in them doubled and nothing around, and fields without any quote.  What
 * comes of them is what libcsv makes of them with CSV_STRICT.
 */

/* The field whose bytes were appended to c->data ends.  Sets c->failed. */
void jk_csv_end_field(struct jk_csv *c);

/* Whether delimiter and quote of `c` leave the usual meaning to all others. */
bool jk_csv_lines_fit(const struct jk_csv *c);

/*
 * Append the fields of the row's next line, of n bytes with the line feed that
 * is its last.  Sets c->row_done, or c->open where a field goes on behind the
 * line.  Returns false where libcsv has to parse the row, from its beginning;
 * nothing that was appended counts then.
 */
bool jk_csv_line(struct jk_csv *c, const char *s, size_t n);

#endif
