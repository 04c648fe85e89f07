#ifndef JK_CLEAN_GLUE_H
#define JK_CLEAN_GLUE_H

#include <stdbool.h>
#include <stddef.h>

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

enum { JK_MAX_PARTS = 256 };

/*
 * Cut the text into at most JK_MAX_PARTS parts that point into it.  Returns
 * their number; 1 where the text is one joke: parts[0] is all of it, or all
 * but dividing lines at its ends.
 */
size_t jk_split_jokes(const char *s, size_t n,
    struct jk_joke_part parts[JK_MAX_PARTS]);

#endif
