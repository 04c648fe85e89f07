#ifndef JK_REPORT_MEASUREMENT_H
#define JK_REPORT_MEASUREMENT_H

#include "report/input.h"
#include "report/variety.h"

/*
 * Measurements: what runs are compared by.  A measure of a run is the sum of
 * `sum` over the sum of `count` of its units: its answers, or jokes.  Each has
 * a line of JSON, so that units can be compared in pairs and drawn anew:
 *
 *   run, seed, measure, unit, sum, count
 *   theme   may be absent; the measure is also taken of each theme by itself
 */
enum jk_better { JK_BETTER_LOWER = -1, JK_BETTER_NEITHER, JK_BETTER_HIGHER };

/* What is known of measures; ends with a NULL key. */
struct jk_measurement_kind {
	const char *key, *title;
	enum jk_better better;
	enum { JK_SHOWN, JK_MUST_IMPROVE, JK_MUST_HOLD } role;
	bool is_share;
	int decimals;
};
extern const struct jk_measurement_kind jk_measurement_kinds[];

/* The variety of a side's answers, to be released.  Errors: JK_ESYS. */
int jk_report_variety(const struct jk_report_side *s, struct jk_variety *v,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Append the measurements of the answers after training, after
 * jk_report_measure: their unit is the prompt, the regime and which of its
 * answers it is, the seed that of the record (0 without one).  Errors: JK_ESYS.
 */
int jk_report_measurements(const struct jk_report *r, const char *run,
    struct jk_buf *out, struct jk_err *err) JK_WARN_UNUSED;

#endif
