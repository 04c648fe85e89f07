#ifndef JK_STAT_STAT_H
#define JK_STAT_STAT_H

#include <stdbool.h>

#include "base/json.h"
#include "dedup/dedup.h"
#include "record/joke.h"
#include "stat/junk.h"
#include "record/tally.h"

/* jk-stat: the look at a stream of records. */

/* Numbers, kept to be sorted. */
struct jk_values {
	double *v;
	size_t n, cap;
};

/* What is told of them; NaN throughout without any. */
struct jk_spread {
	size_t n;
	double min, p5, p25, p50, p75, p95, max, mean;
};

/* A percentile is the smallest value that so many are not above. */
struct jk_spread jk_values_spread(const struct jk_values *sorted);

/* How many are at least `from` and below `to`. */
size_t jk_values_between(const struct jk_values *sorted, double from,
    double to);

struct jk_stat {
	uint64_t n_records, n_bad, n_bytes;	/* bytes of text */
	uint64_t n_without_theme, n_letters, n_cyrillic;
	uint64_t n_below_half;		/* records under 50% Cyrillic */
	struct jk_values ratings, chars, words;
	uint64_t junk[JK_N_JUNKS];		/* occurrences */
	uint64_t n_with_junk[JK_N_JUNKS];	/* records */
	struct jk_tally themes;
	bool near_looked_for, dedup_done;
	uint64_t n_exact, n_near;	/* records that are duplicates */
	struct jk_dedup dedup;
};

/* `near`: look for near duplicates too.  Errors: JK_ESYS. */
int jk_stat_init(struct jk_stat *s, bool near, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_stat_release(struct jk_stat *s);
int jk_stat_add(struct jk_stat *s, const struct jk_joke *joke,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * After the last record: sorts the values, counts duplicates, puts the
 * commonest theme first.  Errors: JK_ESYS.
 */
int jk_stat_finish(struct jk_stat *s, struct jk_err *err) JK_WARN_UNUSED;

/* All of it as an object (jk-stat(1)); NULL without memory. */
json_t *jk_stat_json(const struct jk_stat *s, const char *name);

/*
 * A table for people, up to `width` columns wide, or 50 where that is less and
 * there are two files: one column of numbers for each of the n_files (1 or 2),
 * `most_themes` themes.
 */
void jk_stat_print(struct jk_buf *out, const struct jk_stat *s,
    const char *const *names, unsigned n_files, unsigned most_themes,
    int width);

#endif
