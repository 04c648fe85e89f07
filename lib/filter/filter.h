#ifndef JK_FILTER_FILTER_H
#define JK_FILTER_FILTER_H

#include "filter/criteria.h"
#include "record/joke_scan.h"
#include "record/record.h"
#include "filter/select.h"
#include "record/tally.h"

/*
 * jk-filter: records in, those worth keeping out, unchanged and in their
 * order.
 *
 * What can be said of a record alone is said as it passes.  Where a record's
 * fate depends on others, the records that are still in wait in a spool
 * (record/spool.h) until all were read; memory then holds 32 bytes for each of
 * them and what struct jk_dedup needs.
 */
enum jk_dedup_mode { JK_DEDUP_NONE, JK_DEDUP_EXACT, JK_DEDUP_NEAR };
enum jk_part { JK_PART_ALL, JK_PART_TRAIN, JK_PART_VAL };

struct jk_filter {
	/* settings */
	struct jk_criteria criteria;
	enum jk_dedup_mode dedup_mode;
	bool keep_first;	/* of duplicates: the first, not the best */
	double similarity;	/* of near duplicates */
	enum jk_part part;
	double val;		/* share of the validation part */
	double top;		/* best share, 1: all */
	long long per_theme, sample;	/* -1: all */
	uint64_t seed;
	struct jk_record_writer *kept;
	struct jk_record_writer *dropped;	/* may be NULL */

	/* results */
	uint64_t n_read, n_bad, n_kept;
	uint64_t n_dropped[JK_N_DROPS];

	/* its own */
	bool waits;		/* records wait in the spool */
	struct jk_spool spool;
	struct jk_candidates candidates;
	struct jk_buf starts;	/* of the lines in the spool, for `dropped` */
	struct jk_dedup dedup;
	uint64_t *smallest_key;	/* of a text of `dedup`, later a cluster */
	size_t n_keys;
	struct jk_tally themes;
	struct jk_joke_scan scan;
};

/* Settings that keep everything.  The writers are borrowed. */
void jk_filter_init(struct jk_filter *f, struct jk_record_writer *kept);
void jk_filter_release(struct jk_filter *f);

/* After the settings, before the first record.  Errors: JK_ESYS. */
int jk_filter_start(struct jk_filter *f, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Read the next record from `r` and take it in: 1, or 0 at the end, or -1.
 * Errors: JK_ESYS; JK_EDATA for a line that jk_record_parse, jk_joke_read or
 * jk_regex_find refuses and that r's skip_bad does not allow for, and for what
 * jk_dedup_add and jk_candidates_add refuse.
 */
int jk_filter_next(struct jk_filter *f, struct jk_record_reader *r,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * After the last record: choose, and write what waits.  Errors: JK_ESYS;
 * JK_EDATA where the spool does not give back the JSON that was put in.
 */
int jk_filter_finish(struct jk_filter *f, struct jk_err *err) JK_WARN_UNUSED;

/*
 * What was done, as an object: "read", "bad", "kept", and "dropped", an
 * object with the number for each reason that occurred.  NULL without memory.
 */
json_t *jk_filter_summary(const struct jk_filter *f);

#endif
