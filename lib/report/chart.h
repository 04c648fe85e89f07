#ifndef JK_REPORT_CHART_H
#define JK_REPORT_CHART_H

#include "report/input.h"

/*
 * Append the loss curves as an SVG figure: training loss as logged, smoothed,
 * and the validation losses.  Colours come from the page's style sheet.
 * Appends nothing where the log has fewer than two training losses.
 */
void jk_report_chart(struct jk_buf *b, const struct jk_report *r);

/*
 * The smoothed training loss at each logged step: an exponential mean of
 * weight 0.9, freed of its start (divided by 1 - 0.9^t).  `out` has room for
 * r->n_steps.
 */
void jk_report_smooth(const struct jk_report *r, double *out);

#endif
