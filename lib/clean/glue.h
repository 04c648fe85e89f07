#ifndef JK_CLEAN_GLUE_H
#define JK_CLEAN_GLUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Several jokes in one text.  They are told apart by strong signs only: a
 * line of stars, dashes, "=", "_", "~", "#" or "+"; "* * *" or "***" behind
 * the end of a sentence and before the beginning of another; entries that
 * count up from 1, each behind a blank line.  Each part must be a joke by
 * itself: some letters, and an end that no heading has.
 */
struct jk_joke_part {
	const char *text;
	size_t n;
	bool starred;	/* a line of stars follows, which no heading has */
};

/* As many as there are: a part left out would be text lost. */
struct jk_joke_parts {
	struct jk_joke_part *items;
	size_t n, cap;
};

/*
 * Cut the text into parts that point into it, in their order; *parts begins
 * as zeros, or is one to use again.  One part where the text is one joke: all
 * of it, or all but dividing lines at its ends.  Errors: JK_ESYS.
 */
int jk_split_jokes(const char *s, size_t n, struct jk_joke_parts *parts,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_joke_parts_release(struct jk_joke_parts *parts);

#endif
