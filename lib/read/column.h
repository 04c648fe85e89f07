#ifndef JK_READ_COLUMN_H
#define JK_READ_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

/* What jk-clean looks for in a row of any format. */
enum jk_column {
	JK_COLUMN_TEXT,
	JK_COLUMN_THEME,
	JK_COLUMN_RATING,
	JK_COLUMN_SOURCE,
	JK_N_COLUMNS,
	/* what a row may have instead of one text: a joke in two parts ... */
	JK_COLUMN_SETUP = JK_N_COLUMNS,
	JK_COLUMN_PUNCHLINE,
	/* ... or what a model is asked, more of that, and what it answers */
	JK_COLUMN_PROMPT,
	JK_COLUMN_INPUT,
	JK_COLUMN_ANSWER,
	JK_N_NAMED
};

/* A column's own name, which is that of the member it becomes. */
const char *jk_column_name(enum jk_column c);
/* Whether it is the text of a joke, or some of it. */
bool jk_column_is_text(enum jk_column c);

/*
 * Which column a name stands for by the usual words, English and Russian, in
 * the singular and the plural, in letters of either case, divided in any way
 * ("joke_text", "JokeText", "Текст анекдота"); -1: none of them.  *rank: how
 * surely, 0 the column's own name, 1 a usual one, 2 one that is often something
 * else ("message"), 3 one that mostly is ("title").
 */
int jk_column_of_name(const char *name, size_t n, int *rank);

/* Whether jk writes a member of that name itself. */
bool jk_is_own_member(const char *name, size_t n);

/* Which columns there are: an index from 0 for each, -1: not there. */
struct jk_columns {
	int at[JK_N_NAMED];
	int rank[JK_N_NAMED];
	int other_text;		/* another that is named as a text; -1 */
};

void jk_columns_begin(struct jk_columns *c);
/* The column `index` is named so; whether it is taken, being the surest yet. */
bool jk_columns_take(struct jk_columns *c, int column, int rank, int index);
/*
 * All are seen: keep a text, or a setup with its punchline, or an answer with
 * what was asked, whichever is surest, and forget the others.
 */
void jk_columns_settle(struct jk_columns *c);
/* Whether there is something to make a text of. */
bool jk_columns_have_text(const struct jk_columns *c);

/*
 * Whether the n bytes at s read as words of a text: two words or more, that
 * are no address of a page.
 */
bool jk_is_prose(const char *s, size_t n);

#endif
