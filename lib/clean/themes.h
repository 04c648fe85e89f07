#ifndef JK_CLEAN_THEMES_H
#define JK_CLEAN_THEMES_H

#include "base/buf.h"
#include "base/err.h"
#include "clean/decline.h"

/*
 * Slugs of joke sites ("pro-studentov") and the phrases they stand for, in the
 * accusative, so that they fit behind "про" ("студентов").  A slug that names
 * a manner, not a subject ("aforizmi"), stands for no theme.
 */
struct jk_theme {
	const char *slug, *phrase;	/* phrase "": no theme */
};

struct jk_themes {
	struct jk_theme *own;		/* the user's, sorted; they go first */
	size_t n_own;
	struct jk_buf data;		/* their text */
};

/*
 * The table of the user: a line each of slug, blanks, phrase (which may be
 * empty); "#" begins a comment line.  NULL: none.  Errors: JK_ESYS; JK_EDATA
 * "PATH:LINE: …" for invalid UTF-8 or a slug that stands there twice.
 */
int jk_themes_init(struct jk_themes *t, const char *path, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_themes_release(struct jk_themes *t);

/* The table of jk itself: *n entries in the order of their slugs. */
const struct jk_theme *jk_themes_known(size_t *n);

/*
 * The phrase for n bytes of UTF-8 at s: a slug; words, with "про" in front or
 * not; a heading or a hashtag (clean/heading.h); or a list of such, of which
 * the first counts that is a theme: a JSON array, a list as Python prints it,
 * items divided by commas, semicolons, bars or line feeds, several hashtags.
 * Words that begin with a small letter are taken as they are.
 *
 * Sets `phrase`; to nothing for JK_THEME_NONE, and to the slug or heading
 * itself for JK_THEME_UNMAPPED, so that it can be told.
 */
enum jk_theme_kind jk_theme_phrase(const struct jk_themes *t, const char *s,
    size_t n, struct jk_buf *phrase);

#endif
