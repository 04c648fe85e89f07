#ifndef JK_READ_CSV_LINE_H
#define JK_READ_CSV_LINE_H

#include "read/csv.h"

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
