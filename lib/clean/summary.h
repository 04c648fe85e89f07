#ifndef JK_CLEAN_SUMMARY_H
#define JK_CLEAN_SUMMARY_H

#include "clean/clean.h"
#include "read/input.h"
#include "clean/themes.h"

/*
 * What cleaning did, counted.  For the rows of all files:
 * rows + (parts of glued jokes beyond the first of each row)
 *   = records + empty + bad.
 */
struct jk_summary {
	uint64_t rows;		/* read, bad ones among them */
	uint64_t bad;		/* rows dropped: --skip-bad */
	struct jk_row_counts {
		uint64_t records;	/* written */
		uint64_t extra_parts;	/* beyond the first of their row */
		uint64_t split_rows;	/* rows that became several records */
		uint64_t changed;	/* rows whose text a repair changed */
		uint64_t empty;		/* rows dropped: no text left */
		uint64_t bad_ratings;	/* left out: not a number */
		uint64_t themes[JK_THEME_UNMAPPED + 1];
		uint64_t ruled;		/* of those without: named by a rule */
	} counts;
	json_t *unmapped;	/* object: slug -> count */
	json_t *files;		/* array: how each was read */
	json_t *examples;	/* array: rows before and after */
	uint32_t shown;		/* repairs that they show, a bit for each */
};

enum {
	JK_MOST_UNMAPPED = 10000,	/* slugs that are told apart */
	JK_MOST_EXAMPLES = 10,
	JK_EXAMPLE_BYTES = 1000		/* a longer text is none */
};

/* Errors: JK_ESYS. */
int jk_summary_init(struct jk_summary *s, struct jk_err *err) JK_WARN_UNUSED;
void jk_summary_release(struct jk_summary *s);
/* Note how a file was read, its bytes and last lines.  Errors: JK_ESYS. */
int jk_summary_file(struct jk_summary *s, const struct jk_input *in,
    const struct jk_range_sums *bytes, const struct jk_last_lines *last_lines,
    struct jk_err *err) JK_WARN_UNUSED;
/* Add what was counted apart. */
void jk_summary_add(struct jk_summary *s, const struct jk_row_counts *counts);
/*
 * Count records whose slugs no table has: one for each slug of `slugs`, a NUL
 * behind each.  Errors: JK_ESYS.
 */
int jk_summary_unmapped(struct jk_summary *s, const struct jk_buf *slugs,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * Take the first JK_MOST_EXAMPLES rows of which each shows a repair that none
 * before it does, of rows in their order, one JSON object a line.  A chunk of
 * rows leaves out none of those, however rows are divided into chunks: it leaves
 * out a row only where all of its repairs are shown by rows before it, and the
 * first row of all with a repair is an example of it.  Errors: JK_ESYS.
 */
int jk_summary_examples(struct jk_summary *s, const struct jk_buf *lines,
    struct jk_err *err) JK_WARN_UNUSED;
/* Append the most frequent of those slugs: "pro-rybov (3), x (2)". */
void jk_summary_top_unmapped(const struct jk_summary *s, struct jk_buf *out);
/* The whole as JSON: a new object, NULL without memory. */
json_t *jk_summary_json(const struct jk_summary *s,
    const struct jk_cleaner *cleaner);

#endif
