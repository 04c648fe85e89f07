#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/format.h"
#include "report/page.h"
#include "report/settings.h"

static void
digits_cell(struct jk_doc *d, double value)
{
	char s[JK_NUMBER_MAX];

	jk_doc_number(d, value, jk_report_digits(s, value));
}

static void
log_table(struct jk_doc *d, const struct jk_report *r, const double *smooth)
{
	static const char *const headers[] = { "step", "training loss",
	    "smoothed", "gradient norm", "learning rate", NULL };
	size_t i, stride = r->n_steps / 12 + 1;

	jk_doc_table(d, "log", headers);
	for (i = 0; i < r->n_steps; i++) {
		const struct jk_report_step *step = &r->steps[i];

		if (i % stride && i + 1 != r->n_steps)
			continue;
		jk_doc_row(d, NULL);
		jk_doc_value(d, step->step, false, 0);
		jk_doc_value(d, step->loss, false, 4);
		jk_doc_value(d, smooth[i], false, 4);
		digits_cell(d, step->grad_norm);
		digits_cell(d, step->lr);
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

static void
eval_table(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "step", "validation loss",
	    "perplexity", NULL };
	size_t i;

	jk_doc_table(d, "log", headers);
	for (i = 0; i < r->n_evals; i++) {
		const struct jk_report_eval *e = &r->evals[i];

		jk_doc_row(d, "eval");
		jk_doc_value(d, e->step, false, 0);
		jk_doc_value(d, e->loss, false, 4);
		jk_doc_value(d, e->perplexity, false, 2);
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

static void
fact(struct jk_doc *d, const char *key, const char *title, double value,
    const char *text)
{
	if (!isfinite(value))
		return;
	jk_doc_row(d, key);
	jk_doc_cell(d, jk_tr(title));
	jk_doc_number(d, value, text);
	jk_doc_row_end(d);
}

/*
 * A device's description as lib/dev writes it into files, in English: its parts
 * are messages, of which those are translated that the catalogue has.
 */
static void
device_cell(struct jk_doc *d, const char *english)
{
	struct jk_buf b = JK_BUF_INIT;
	char *s = strdup(english), *reason = NULL, *part, *comma, *at;
	int n;

	if (!s) {
		d->out.failed = true;
		return;
	}
	/* NAME, N threads, HOW (REASON) */
	for (at = s; *s && s[strlen(s) - 1] == ')' && (at = strstr(at, " ("));
	    at++)
		reason = at;
	if (reason) {
		s[strlen(s) - 1] = '\0';
		*reason = '\0';
		reason += 2;
	}
	for (part = s; part; part = comma) {
		comma = strstr(part + 1, ", ");
		if (comma)
			*comma = '\0';
		if (sscanf(part, ", %d thread", &n) == 1)
			jk_buf_printf(&b, jk_trn(", %d thread", ", %d threads",
			    (uint64_t)n), n);
		else
			jk_buf_adds(&b, jk_tr(part));
		if (comma)
			*comma = ',';
	}
	if (reason)
		jk_buf_printf(&b, " (%s)", jk_tr(reason));
	jk_doc_cell(d, jk_buf_str(&b));
	d->out.failed |= b.failed;
	jk_buf_release(&b);
	free(s);
}

/* What it ran on, and what it took. */
static void
machine(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "", NULL };
	const char *device = jk_json_get_string(r->training,
	    "device_description");
	const char *name = jk_json_get_string(r->training, "device");
	char s[JK_NUMBER_MAX];

	if (!device && !isfinite(r->seconds))
		return;
	jk_doc_caption(d, "What it ran on, and what it took");
	jk_doc_table(d, "facts", headers);
	if (device) {
		jk_doc_row(d, "device_description");
		jk_doc_cell(d, jk_tr("device"));
		device_cell(d, device);
		jk_doc_row_end(d);
	}
	jk_report_duration(s, r->seconds);
	fact(d, "seconds", "time of the training", r->seconds, s);
	snprintf(s, sizeof s, "%.0f", r->tokens_per_second);
	fact(d, "tokens_per_second", "tokens read a second",
	    r->tokens_per_second, s);
	jk_report_memory(s, r->memory_bytes);
	fact(d, "memory_bytes", "memory, the most of it", r->memory_bytes, s);
	/* on the CPU it is a part of that */
	jk_report_memory(s, r->device_memory_bytes);
	if (name && strcmp(name, "cpu") != 0)
		fact(d, "device_memory_bytes", "memory of the device, the most "
		    "of it", r->device_memory_bytes, s);
	jk_doc_table_end(d);
}

void
jk_report_training(struct jk_doc *d, const struct jk_report *r)
{
	char s[JK_NUMBER_MAX];
	double *smooth;

	if (!r->n_steps && !r->n_evals && !r->training)
		return;
	jk_doc_section(d, "training", "Training");
	if (r->n_steps) {
		jk_report_duration(s, r->seconds);
		jk_doc_paragraph(d, isfinite(r->seconds) ?
		    "%.0f optimizer steps in %s." : "%.0f optimizer steps.",
		    r->steps[r->n_steps - 1].step, s);
		smooth = malloc(r->n_steps * sizeof *smooth);
		if (!smooth) {
			d->out.failed = true;
			return;
		}
		jk_report_smooth(r, smooth);
		jk_report_chart(d, r);
		jk_doc_caption(d, "The curve in numbers");
		log_table(d, r, smooth);
		free(smooth);
	}
	if (r->n_evals)
		eval_table(d, r);
	machine(d, r);
	if (r->training) {
		jk_doc_caption(d, "Settings");
		jk_report_settings_table(d, r->training);
	}
}
