#ifndef JK_READ_TABLE_H
#define JK_READ_TABLE_H

#include "read/csv.h"
#include "read/format.h"

/* A table that is being read: what its reader keeps. */
struct jk_table {
	struct jk_csv csv;
	char delimiter, quote;		/* 0: none */
	bool header;
	bool ended;			/* there was not even a header */
	bool held_row;			/* `csv` holds a row to be given out */
	size_t n_columns;
	struct jk_columns columns;	/* by the index of a cell */
	struct jk_buf *names;		/* ,"name": of what passes through */
	size_t n_names;
	struct jk_buf sample;		/* the beginning, until opened */
};

/*
 * Settle t->columns and t->header by the first row, which t->csv holds: by what
 * was asked for, by names, and where they do not tell the text, by what the
 * cells of t->sample are.  Errors: JK_ESYS; JK_EDATA: a column that is not
 * there, or no telling which is the text.
 */
int jk_table_settle(struct jk_input *in, struct jk_table *t,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
