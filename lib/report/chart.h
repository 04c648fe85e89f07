#ifndef JK_REPORT_CHART_H
#define JK_REPORT_CHART_H

#include "report/doc.h"
#include "report/input.h"

/*
 * The curves as a picture: training loss as logged and smoothed, validation
 * losses, and below them gradient norm and learning rate, where the log has
 * them.  On a page a pointer gets the values of a step.  Nothing where the log
 * has fewer than two training losses.
 */
void jk_report_chart(struct jk_doc *d, const struct jk_report *r);

/*
 * The smoothed training loss at each logged step: an exponential mean over a
 * tenth of the n steps, of weight w = 1 - 10/n (0: none up to ten), freed of its
 * start (divided by 1 - w^t).  A longer one would hang far behind a short run's
 * loss.  `out` has room for r->n_steps.
 */
void jk_report_smooth(const struct jk_report *r, double *out);

#endif
