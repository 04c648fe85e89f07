#ifndef JK_FILTER_CRITERIA_H
#define JK_FILTER_CRITERIA_H

#include <stdbool.h>

#include "base/opt.h"
#include "record/joke.h"
#include "filter/stopwords.h"

/*
 * Why a record is dropped.  The reasons stand in the order in which they are
 * asked for; the first that holds is the one that counts.  Those up to
 * STOP_WORD are seen in the record alone (jk_criteria_test), the others in
 * its company (filter/select.h).
 *
 * X(constant, name in summaries, "3 records …" for people)
 */
#define JK_DROP_REASONS(X) \
	X(UNRATED, "unrated", JK_MSG("without a rating")) \
	X(RATING, "rating", JK_MSG("by their rating")) \
	X(THEME, "theme", JK_MSG("by their theme")) \
	X(CHARS, "chars", JK_MSG("by their length")) \
	X(WORDS, "words", JK_MSG("by their words")) \
	X(SENTENCES, "sentences", JK_MSG("by their sentences")) \
	X(CYRILLIC, "cyrillic", JK_MSG("by their share of Cyrillic")) \
	X(MATCH, "match", JK_MSG("that match nothing asked for")) \
	X(NOT_MATCH, "not_match", JK_MSG("that match what is not wanted")) \
	X(STOP_WORD, "stop_word", JK_MSG("with a stop word")) \
	X(PART, "part", JK_MSG("of the other part")) \
	X(DUPLICATE, "duplicate", JK_MSG("that repeat another")) \
	X(NEAR_DUPLICATE, "near_duplicate", JK_MSG("that nearly repeat another")) \
	X(TOP, "top", JK_MSG("below the top")) \
	X(PER_THEME, "per_theme", JK_MSG("of themes that have enough")) \
	X(SAMPLE, "sample", JK_MSG("not in the sample"))

enum jk_drop {
	JK_KEEP,
#define X(constant, name, phrase) JK_DROP_##constant,
	JK_DROP_REASONS(X)
#undef X
	JK_N_DROPS
};

/* "near_duplicate"; "kept" for JK_KEEP. */
const char *jk_drop_name(enum jk_drop reason);
/* "that nearly repeat another" */
const char *jk_drop_phrase(enum jk_drop reason);

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
