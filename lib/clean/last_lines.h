#ifndef JK_CLEAN_LAST_LINES_H
#define JK_CLEAN_LAST_LINES_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Last lines that nearly all records of a file share: the name of a channel, a
 * motto.  They are found among the first records of the file, cleaned texts
 * that are added one by one, and then taken off each text that ends in them.
 *
 * A line counts where three texts of four end in it, JK_LEAST_SHARING at
 * least, and what stands before it differs in at least half of those (a file
 * of one joke many times has no such line).  What is left is looked at again,
 * for lines above it.
 */
enum { JK_LEAST_SHARING = 8, JK_MOST_LAST_LINES = 8 };

struct jk_last_lines {
	struct jk_buf texts;	/* added ones */
	struct jk_last_text {
		size_t start, n;
	} *items;
	size_t n_texts, cap;
	struct jk_buf lines[JK_MOST_LAST_LINES];
	unsigned n;		/* lines found */
};

void jk_last_lines_release(struct jk_last_lines *l);
/* Forget texts and lines: for the next file. */
void jk_last_lines_clear(struct jk_last_lines *l);
/* Copies the text.  Errors: JK_ESYS. */
int jk_last_lines_add(struct jk_last_lines *l, const char *s, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
/* Find the lines, drop the texts.  Errors: JK_ESYS. */
int jk_last_lines_find(struct jk_last_lines *l, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * The length of the text without such lines at its end, and the blanks before
 * them; n where it has none, or nothing else.  *lines: how many they are.
 */
size_t jk_last_lines_without(const struct jk_last_lines *l, const char *s,
    size_t n, unsigned *lines);

#endif
