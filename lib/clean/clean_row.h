#ifndef JK_CLEAN_CLEAN_ROW_H
#define JK_CLEAN_CLEAN_ROW_H

#include "clean/summary.h"

/*
 * From a row as it was read to records as they are written: lines of JSON
 * with the members id, theme, text, rating, source and what else the row has.
 */
struct jk_row_cleaner {
	struct jk_cleaner cleaner;
	struct jk_summary *summary;		/* borrowed */
	const struct jk_themes *themes;		/* borrowed */
	const char *source;	/* for every record; NULL: see jk_clean_row */
	struct jk_buf theme, number, from;
};

void jk_row_cleaner_release(struct jk_row_cleaner *c);

/*
 * Clean `row` of the file `name`, append its records to `out`, count what
 * happened.  Where the row names no source it is NAME:ROW, and the parts of
 * glued jokes are NAME:ROW.1, NAME:ROW.2, …  Errors: JK_ESYS.
 */
int jk_clean_row(struct jk_row_cleaner *c, const struct jk_input_row *row,
    const char *name, struct jk_buf *out, struct jk_err *err) JK_WARN_UNUSED;

#endif
