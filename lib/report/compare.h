#ifndef JK_REPORT_COMPARE_H
#define JK_REPORT_COMPARE_H

#include "report/doc.h"
#include "report/measurement.h"

/*
 * Runs compared by their measurements, with intervals that take into account
 * which jokes and prompts there happen to be, and which seeds.
 *
 * The bootstrap (Efron 1979) in its percentile form, 95 %: units are drawn
 * anew, with replacement, and so are seeds where there are several, both by
 * themselves (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics
 * 1(2), 2007).  A difference to the first run is taken on the units and seeds
 * that both have, in pairs.  p is two-sided, twice the smaller share of draws
 * at or beyond 0; it cannot be less than 2 / (JK_RESAMPLES + 1).  Random
 * numbers are fixed: the same lines give the same intervals.
 */
enum { JK_RESAMPLES = 1999 };

struct jk_interval {
	double value, low, high, p;	/* NaN where there is nothing */
	size_t n_units, n_seeds;
};

struct jk_comparison_cell {
	uint32_t group, run, unit, seed;
	double sum, count;
};

/* A measure, or one of a theme alone. */
struct jk_comparison_group {
	char *measure, *theme;		/* theme NULL: of all */
	struct jk_interval *of_run, *difference;	/* [n_runs] */
};

struct jk_comparison {
	json_t *runs, *groups, *units, *seeds;	/* names to indices */
	struct jk_comparison_cell *cells;
	size_t n_cells;
	/* of jk_compare */
	struct jk_comparison_group *v;
	size_t n_runs, n;
};

int jk_comparison_init(struct jk_comparison *c, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_comparison_release(struct jk_comparison *c);

/*
 * Read measurements; `path` NULL or "-" is standard input.  The first run read
 * is what others are compared with.  Errors: JK_ESYS; JK_EDATA with the file's
 * name and line.
 */
int jk_comparison_read(struct jk_comparison *c, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Compute all intervals.  Errors: JK_ESYS; JK_EDATA for a unit that a run has
 * twice in a measure and a seed.
 */
int jk_compare(struct jk_comparison *c, struct jk_err *err) JK_WARN_UNUSED;

/* What is known of a measure, its name n bytes, or NULL. */
const struct jk_measurement_kind *jk_measurement_kind(const char *measure,
    size_t n);

/*
 * A run wins over the first where every measure that must improve does, with
 * the interval of its difference on the better side of 0, and none that must
 * hold is worse in that way: 1; 0; -1 where one that must improve is missing.
 */
int jk_comparison_wins(const struct jk_comparison *c, size_t run);

/* The whole comparison, as a page or as one JSON object (NULL: no memory). */
void jk_comparison_page(struct jk_doc *d, const struct jk_comparison *c,
    const char *name);
json_t *jk_comparison_json(const struct jk_comparison *c);

#endif
