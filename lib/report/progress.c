#include <math.h>

#include "report/format.h"
#include "report/page.h"

/* The last step that the log tells of; 0: none. */
static double
last_step(const struct jk_report *r)
{
	double step = r->n_steps ? r->steps[r->n_steps - 1].step : 0;

	return r->n_evals ? fmax(step, r->evals[r->n_evals - 1].step) : step;
}

static void
say(struct jk_doc *d, const struct jk_report *r, enum jk_watch_state state)
{
	double step = last_step(r);
	double n = jk_json_get_number(r->training, "n_steps");
	char passed[JK_NUMBER_MAX], left[JK_NUMBER_MAX];

	jk_report_duration(passed, r->seconds);
	jk_report_duration(left, r->seconds / step * (n - step));
	if (state == JK_WATCH_FINISHED)
		jk_doc_paragraph(d, "The training has ended: %.0f steps in "
		    "%s.", step, passed);
	else if (state == JK_WATCH_STOPPED)
		jk_doc_paragraph(d, "The training was stopped after step %.0f "
		    "of %.0f; the same command goes on, jk-train with "
		    "--resume.", step, n);
	else if (!d->reload_s)
		jk_doc_paragraph(d, "The training was at step %.0f of %.0f, "
		    "%s after it began, when it was looked at last.", step, n,
		    passed);
	else if (step > 0 && step < n)
		jk_doc_paragraph(d, "The training is at step %.0f of %.0f, %s "
		    "after it began; %s are left. This page reloads itself "
		    "every %d seconds.", step, n, passed, left, d->reload_s);
	else
		jk_doc_paragraph(d, "The training is at step %.0f of %.0f. "
		    "This page reloads itself every %d seconds.", step, n,
		    d->reload_s);
	if (state == JK_WATCH_RUNS && n > 0)
		jk_buf_printf(&d->out, "<p><progress max=\"%.0f\" "
		    "value=\"%.0f\" aria-label=\"%s\">%.0f %%</progress></p>\n",
		    n, step, jk_tr("Training"), 100 * step / n);
}

void
jk_report_progress(struct jk_doc *d, const struct jk_report *r,
    const char *name, enum jk_watch_state state)
{
	jk_doc_begin(d, name);
	say(d, r, state);
	jk_report_training(d, r);
	if (r->n_evals)
		jk_report_observations(d, r);
	jk_doc_end(d);
}
