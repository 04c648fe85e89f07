#ifndef JK_CLEAN_CLEAN_ROW_H
#define JK_CLEAN_CLEAN_ROW_H

#include "clean/outcome.h"
#include "clean/summary.h"
#include "clean/theme_rules.h"

/*
 * From a row as it was read to records as they are written: lines of JSON
 * with the members id, theme, text, rating, source and what else the row has.
 */
struct jk_row_cleaner {
	struct jk_cleaner cleaner;
	struct jk_row_counts counts;
	const struct jk_themes *themes;		/* borrowed */
	const char *source;	/* for every record; NULL: see jk_clean_row */
	const struct jk_theme_rules *rules;	/* borrowed, or NULL */
	struct jk_regex_work *work;		/* for them */
	struct jk_buf theme, number, from;
	struct jk_buf given, phrase;	/* the last row's theme, and its phrase */
	enum jk_theme_kind kind;
};

/*
 * All repairs on.  Borrows everything; `rules` NULL: none.  A row cleaner is
 * one thread's; what it borrows several may share.  Errors: JK_ESYS.
 */
int jk_row_cleaner_init(struct jk_row_cleaner *c,
    const struct jk_codepages *pages, const struct jk_themes *themes,
    const struct jk_theme_rules *rules, struct jk_err *err) JK_WARN_UNUSED;
void jk_row_cleaner_release(struct jk_row_cleaner *c);

/* What came of rows. */
struct jk_cleaned {
	struct jk_buf lines;	/* their records */
	struct jk_buf unmapped;	/* jk_summary_unmapped */
	struct jk_outcome outcome;
	/*
	 * jk_summary_examples: each row that a repair changed which no row
	 * before it shows; and the repairs that were shown, a bit for each.
	 */
	struct jk_buf examples;
	uint32_t shown;
};

/* Nothing; memory is kept. */
void jk_cleaned_clear(struct jk_cleaned *to);
void jk_cleaned_release(struct jk_cleaned *to);

/*
 * Clean `row` of the file `name`, append its records to `to`, count what
 * happened.  Where the row names no source it is NAME:ROW, and the parts of
 * glued jokes are NAME:ROW.1, NAME:ROW.2, …  A record without a theme gets
 * that of the first rule that matches.  On an error it adds no record.  Errors:
 * JK_ESYS; JK_EDATA: a rule took too long.
 */
int jk_clean_row(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name, struct jk_cleaned *to, struct jk_err *err) JK_WARN_UNUSED;

#endif
