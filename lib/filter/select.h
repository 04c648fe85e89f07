#ifndef JK_FILTER_SELECT_H
#define JK_FILTER_SELECT_H

#include <stdbool.h>

#include "filter/criteria.h"
#include "dedup/dedup.h"

/*
 * Choices among all records of a stream: its part, duplicates, the best, so
 * many of each theme, a sample.  They work on one line of 32 bytes for each
 * record; what is chosen is written in its `reason`.
 *
 * Random choices: a record's priority is Philox of the seed and the number of
 * its id, so it does not depend on the record's place or on other records;
 * the lowest priorities are chosen, in case of a tie the earlier record.
 */
struct jk_candidate {
	double rating;		/* NaN: none */
	uint64_t key;		/* of struct jk_joke */
	uint32_t text;		/* in the jk_dedup, if there is one */
	uint32_t theme;		/* any numbers, one for each theme */
	uint32_t kept;		/* of a duplicate: which one stayed */
	enum jk_drop reason;
};

struct jk_candidates {
	struct jk_candidate *v;
	uint32_t n, cap;
};

void jk_candidates_release(struct jk_candidates *c);
/* Errors: JK_ESYS; JK_EDATA beyond 2^32 - 2 records. */
int jk_candidates_add(struct jk_candidates *c, struct jk_candidate line,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Each of these drops some of the candidates that still have JK_KEEP, with
 * its own reason.  Errors: JK_ESYS (memory).
 */

/*
 * All but one part.  smallest_key[i] is the smallest key in the cluster that
 * text i of the jk_dedup stands for.  A cluster is of the validation side
 * where the XXH3-64 hash of its smallest key, as 16 hexadecimal digits, is
 * below val x 2^64.
 */
void jk_select_part(struct jk_candidates *c, const struct jk_dedup *d,
    const uint64_t *smallest_key, double val, bool want_val);
/*
 * Duplicates: one of each cluster (of each text, if not `near`) stays, with
 * `best` the one with the best rating and then the first, else the first.
 */
int jk_select_unique(struct jk_candidates *c, const struct jk_dedup *d,
    bool near, bool best, struct jk_err *err) JK_WARN_UNUSED;
/*
 * All but the best share of the rated ones, rounded up; equal ratings by
 * priority.  Unrated ones are dropped with JK_DROP_UNRATED, or kept.
 */
int jk_select_top(struct jk_candidates *c, double share, bool keep_unrated,
    uint64_t seed, struct jk_err *err) JK_WARN_UNUSED;
/* All but a sample of n of each theme. */
int jk_select_per_theme(struct jk_candidates *c, uint64_t n, uint64_t seed,
    struct jk_err *err) JK_WARN_UNUSED;
/* All but a sample of n. */
int jk_select_sample(struct jk_candidates *c, uint64_t n, uint64_t seed,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
