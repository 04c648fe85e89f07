#ifndef JK_READ_COLUMN_H
#define JK_READ_COLUMN_H

#include <stddef.h>

/* What jk-clean looks for in a row of any format. */
enum jk_column {
	JK_COLUMN_TEXT,
	JK_COLUMN_THEME,
	JK_COLUMN_RATING,
	JK_COLUMN_SOURCE,
	JK_N_COLUMNS
};

/* A column's own name, which is that of the member it becomes. */
const char *jk_column_name(enum jk_column c);

/*
 * Which column a name stands for by the usual words, English and Russian, in
 * letters of either case; -1: none of them.
 */
int jk_column_of_name(const char *name, size_t n);

#endif
