#ifndef JK_CLEAN_DECLINE_H
#define JK_CLEAN_DECLINE_H

#include <stdbool.h>

#include "base/buf.h"
#include "clean/nouns.h"

/* What became of a theme. */
enum jk_theme_kind {
	JK_THEME_NONE,		/* nothing given, or a manner */
	JK_THEME_MAPPED,	/* by a table */
	JK_THEME_PHRASE,	/* words already: as given */
	JK_THEME_UNMAPPED	/* a slug, or a heading, of no table: no theme */
};

enum { JK_LONGEST_THEME = 200 };	/* bytes */

/*
 * The cases of themes: the accusative, which stands behind "про", and the
 * prepositional, behind "о".  By a table of nouns (clean/nouns.h) and by
 * endings.
 */

/* The n bytes at s in small letters; false where they are too many. */
bool jk_small_letters(const char *s, size_t n,
    char out[JK_LONGEST_THEME + 1]);

/*
 * Append the accusative of a nominative in small letters, of a noun, of an
 * adjective with a noun, of two with "и" between them; `s` is written into.
 * What is in the accusative already stays.  Appends nothing unless
 * JK_THEME_MAPPED; JK_THEME_NONE where it is a manner, JK_THEME_UNMAPPED.
 */
enum jk_theme_kind jk_decline(char *s, struct jk_buf *out);

/*
 * Whether `s`, in small letters, stands in the nominative beyond doubt: a usual
 * theme that has another accusative and is not itself one ("еда", but not
 * "друга" or "доктора"), or two with "и" between them; `s` is written into.
 */
bool jk_is_nominative(char *s);

/*
 * Whether `word` is what "о" makes of a nominative: one of the endings that
 * the declensions have, for its own.  Both in small letters.
 */
bool jk_is_prepositional(const char *nominative, const char *word);

/* Whether a nominative of two letters and more is of many, by its ending. */
bool jk_is_plural(const char *nominative);

/*
 * The noun that `word`, in small letters, is behind "о", of plural ones the
 * plural; NULL: none.
 */
const struct jk_noun *jk_noun_of_prepositional(const char *word);

#endif
