#ifndef JK_FILTER_CRITERIA_H
#define JK_FILTER_CRITERIA_H

#include <stdbool.h>

#include "base/opt.h"
#include "record/joke.h"
#include "record/names.h"
#include "filter/stopwords.h"

struct jk_bounds {
	long long min, max;	/* -1: none */
};

struct jk_criteria {
	double min_rating, max_rating;	/* NaN: none */
	bool keep_unrated;	/* no rating meets any bounds */
	struct jk_bounds chars, words, sentences;
	double min_cyrillic;	/* NaN: none */
	double max_cyrillic;
	struct jk_strings themes, not_themes;	/* in normal form, owned */
	struct jk_regex **match, **not_match;	/* owned */
	size_t n_match, n_not_match;
	struct jk_regex_work *work;		/* theirs, if there are any */
	struct jk_stopwords stopwords;
	struct jk_buf normal;			/* scratch */
};

/* No criterion: keeps everything. */
void jk_criteria_init(struct jk_criteria *c);
void jk_criteria_release(struct jk_criteria *c);

/*
 * Keep only the given themes; drop the given themes.  Themes are compared in
 * the normal form of dedup/normalize.h.  Errors: JK_ESYS.
 */
int jk_criteria_theme(struct jk_criteria *c, const char *theme, bool keep,
    struct jk_err *err) JK_WARN_UNUSED;
/*
 * Keep texts that match all of these (base/regex.h); drop those that match one.
 * Errors: JK_EUSAGE with the place in the pattern, JK_ESYS.
 */
int jk_criteria_match(struct jk_criteria *c, const char *pattern, bool keep,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The first reason to drop a joke, or JK_KEEP; -1 on error (JK_ESYS, or
 * JK_EDATA from jk_regex_find).
 */
int jk_criteria_test(struct jk_criteria *c, const struct jk_joke *joke,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
