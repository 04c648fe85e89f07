#ifndef JK_READ_INPUT_H
#define JK_READ_INPUT_H

#include <stdbool.h>

#include "read/column.h"
#include "read/csv.h"
#include "read/lines.h"
#include "record/record.h"

/*
 * Jokes from files of many formats, one row at a time.
 *
 * csv, tsv   a table: columns by name (the usual words, English and Russian)
 *            or by number from 1
 * jsonl      one JSON object a line; members by the same names
 * fortune    entries divided by lines that hold only "%"
 * plain      entries divided by blank lines, lines of stars, lines of "~",
 *            numbers that count up ("1. "), or nothing but line ends
 */
enum jk_format {
	JK_FORMAT_AUTO,
	JK_FORMAT_CSV,
	JK_FORMAT_JSONL,
	JK_FORMAT_FORTUNE,
	JK_FORMAT_PLAIN
};

enum jk_separator {
	JK_SEPARATOR_AUTO,
	JK_SEPARATOR_BLANK,
	JK_SEPARATOR_STARS,
	JK_SEPARATOR_TILDE,
	JK_SEPARATOR_NUMBERED,
	JK_SEPARATOR_LINE
};

enum { JK_QUOTE_AUTO = -1, JK_QUOTE_NONE = 0 };
enum { JK_HEADER_AUTO = -1, JK_HEADER_NO = 0, JK_HEADER_YES = 1 };

struct jk_input_options {
	enum jk_format format;
	enum jk_separator separator;
	const char *encoding;			/* NULL: found */
	char delimiter;				/* 0: found */
	int quote;				/* a character, or as above */
	int header;
	const char *columns[JK_N_COLUMNS];	/* name or number, or NULL */
	size_t max_row_bytes;
};

/* One row as it was read; valid until the next. */
struct jk_input_row {
	uint64_t row;		/* from 1, a header not counted */
	uint64_t line;		/* where it begins */
	const char *field[JK_N_COLUMNS];	/* NULL: not there */
	size_t len[JK_N_COLUMNS];
	struct jk_buf rest;	/* other members: ,"name":value… */
	struct jk_buf text;	/* room that `field` may point into */
};

struct jk_input {
	const struct jk_input_options *options;
	struct jk_provenance *provenance;	/* may be NULL */
	enum jk_format format;
	enum jk_separator separator;
	struct jk_lines lines;
	struct jk_csv csv;
	/* a table */
	char delimiter, quote;		/* 0: none */
	bool header;
	bool ended;			/* there was not even a header */
	bool held_row;			/* `csv` holds a row to be given out */
	size_t n_columns;
	int column[JK_N_COLUMNS];	/* index from 0, -1: not there */
	struct jk_buf *names;		/* ,"name": of what passes through */
	size_t n_names;
	uint64_t row;
	uint64_t next_number;		/* of a numbered entry; 0: any */
	struct jk_buf held;		/* a line read ahead */
	bool have_held;
	json_t *object;			/* the line of JSON of this row */
};

/*
 * Open `path` (NULL or "-": standard input), find out what it holds.
 * `options` is borrowed.  Errors: JK_ESYS; JK_EUSAGE; JK_EDATA: the encoding
 * cannot be told, a column is not there.
 */
int jk_input_open(struct jk_input *in, const char *path,
    const struct jk_input_options *options, struct jk_provenance *provenance,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_input_close(struct jk_input *in);

/*
 * The next row.  Returns 1, 0 at the end, -1 on error: JK_ESYS, or JK_EDATA
 * with "NAME:LINE: …" for a bad row, which counts as a row and behind which
 * reading can go on, unless *fatal is set: the input was cut off by the tool
 * that wrote it.
 */
int jk_input_next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err) JK_WARN_UNUSED;

void jk_input_row_release(struct jk_input_row *row);

const char *jk_format_name(enum jk_format f);
const char *jk_separator_name(enum jk_separator s);

/* The readers of the formats, which jk_input_next calls. */
int jk_table_begin(struct jk_input *in, struct jk_err *err) JK_WARN_UNUSED;
int jk_table_next(struct jk_input *in, struct jk_input_row *row,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_jsonl_next(struct jk_input *in, struct jk_input_row *row, bool *fatal,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_plain_next(struct jk_input *in, struct jk_input_row *row,
    struct jk_err *err) JK_WARN_UNUSED;
enum jk_separator jk_plain_separator(const char *s, size_t n);

#endif
