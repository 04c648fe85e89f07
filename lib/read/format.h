#ifndef JK_READ_FORMAT_H
#define JK_READ_FORMAT_H

#include <stdbool.h>

#include "read/column.h"
#include "read/lines.h"
#include "record/record.h"

/*
 * Jokes from files of many formats, one row at a time.  How a format is read
 * is its reader's affair (read/reader.h); this is the list of them.
 *
 * csv, tsv   a table: columns by name (the usual words, English and Russian)
 *            or by number from 1
 * jsonl      one JSON object a line; members by the same names
 * fortune    entries divided by lines that hold only "%"
 * plain      entries divided by blank lines, lines of stars, lines of "~",
 *            numbers that count up ("1. "), or nothing but line ends
 */
#define JK_FORMATS(X) \
	X(CSV, csv) \
	X(TSV, tsv) \
	X(JSONL, jsonl) \
	X(FORTUNE, fortune) \
	X(PLAIN, plain)

/* What divides the entries of a plain text. */
#define JK_SEPARATORS(X) \
	X(BLANK, blank) \
	X(STARS, stars) \
	X(TILDE, tilde) \
	X(NUMBERED, numbered) \
	X(LINE, line)

enum jk_format {
	JK_FORMAT_AUTO,
#define X(id, name) JK_FORMAT_##id,
	JK_FORMATS(X)
#undef X
	JK_N_FORMATS
};

enum jk_separator {
	JK_SEPARATOR_AUTO,
#define X(id, name) JK_SEPARATOR_##id,
	JK_SEPARATORS(X)
#undef X
	JK_N_SEPARATORS
};

/* The names of all, "auto|csv|…", as a string constant. */
#define JK_OR_NAME(id, name) "|" #name
#define JK_FORMAT_NAMES "auto" JK_FORMATS(JK_OR_NAME)
#define JK_SEPARATOR_NAMES "auto" JK_SEPARATORS(JK_OR_NAME)

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
	struct jk_lines lines;
	uint64_t row;				/* the last one's number */
	enum jk_format format;			/* never JK_FORMAT_AUTO */
	const struct jk_reader *reader;		/* of the format */
	void *state;				/* the reader's own */
};

#endif
