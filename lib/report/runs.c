#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "report/format.h"
#include "report/page.h"

/* What of a run's row the page shows, beside the settings that differ. */
static const struct {
	const char *column, *title;
	enum { NUMBER, SHARE, DURATION } kind;
	int decimals;
} shown[] = {
	{ "train_jokes", JK_MSG("jokes"), NUMBER, 0 },
	{ "seconds", JK_MSG("time"), DURATION, 0 },
	{ "perplexity_after", JK_MSG("perplexity"), NUMBER, 2 },
	{ "bits_per_byte_after", JK_MSG("bits a byte"), NUMBER, 4 },
	{ "ended_after", JK_MSG("ended"), SHARE, 1 },
	{ "on_theme_after", JK_MSG("on theme"), SHARE, 1 },
	{ "distinct_2_after", JK_MSG("distinct-2"), NUMBER, 3 },
	{ "memorised_after", JK_MSG("memorised"), SHARE, 1 },
};
enum { N_SHOWN = sizeof shown / sizeof *shown };

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), n_end = strlen(end);

	return n >= n_end && strcmp(s + n - n_end, end) == 0;
}

/* Whether a column is what a person set, not what came of it. */
static bool
is_setting(const char *column)
{
	static const char *const others[] = { "run", "date", "train_jokes",
	    "eval_jokes", "steps", "seconds", "tokens_per_second",
	    "memory_bytes", "n_records", "n_steps", "best_step", "best_loss",
	    "version" };
	size_t i;

	for (i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(column, others[i]) == 0)
			return false;
	return strncmp(column, "hash.", 5) != 0 &&
	    !ends_with(column, "_before") && !ends_with(column, "_after");
}

/*
 * The settings that are not the same in all runs: an object whose members they
 * are, in their order, or NULL.
 */
static json_t *
varied_settings(const json_t *runs)
{
	json_t *first = json_array_get(runs, 0), *varied = json_object();
	const char *column;
	json_t *row, *value;
	int bad = 0;
	size_t i;

	json_array_foreach(runs, i, row) {
		json_object_foreach(row, column, value) {
			const char *s = jk_json_get_string(first, column);

			if (is_setting(column) && strcmp(s ? s : "",
			    json_string_value(value)) != 0)
				bad |= json_object_set_new(varied, column,
				    json_true());
		}
		/* what the first has and this one has not */
		json_object_foreach(first, column, value)
			if (is_setting(column) && *json_string_value(value) &&
			    !json_object_get(row, column))
				bad |= json_object_set_new(varied, column,
				    json_true());
	}
	if (bad == 0)
		return varied;
	json_decref(varied);
	return NULL;
}

static double
number(const json_t *row, const char *column)
{
	const char *s = jk_json_get_string(row, column);
	char *end;
	double value;

	if (!s || !*s)
		return (double)NAN;
	value = strtod(s, &end);
	return *end ? (double)NAN : value;
}

static void
run_row(struct jk_doc *d, const json_t *row, const json_t *varied,
    bool is_this)
{
	const char *run = jk_json_get_string(row, "run"), *column;
	struct jk_buf text = JK_BUF_INIT;
	char s[JK_NUMBER_MAX];
	json_t *unused;
	int i;

	jk_doc_row(d, is_this ? "this_run" : "run");
	jk_buf_printf(&text, is_this ? jk_tr("%s (this run)") : "%s",
	    run ? run : "");
	jk_doc_cell(d, jk_buf_str(&text));
	jk_buf_clear(&text);
	json_object_foreach((json_t *)(uintptr_t)varied, column, unused) {
		const char *value = jk_json_get_string(row, column);

		if (value && *value)
			jk_buf_printf(&text, "%s%s %s", text.len ? ", " : "",
			    column, value);
	}
	jk_doc_cell(d, text.len ? jk_buf_str(&text) : "–");
	for (i = 0; i < N_SHOWN; i++) {
		double value = number(row, shown[i].column);

		if (shown[i].kind == DURATION)
			jk_report_duration(s, value);
		else
			jk_report_format(s, value, shown[i].kind == SHARE,
			    shown[i].decimals);
		jk_doc_number(d, value, s);
	}
	jk_doc_row_end(d);
	d->out.failed |= text.failed;
	jk_buf_release(&text);
}

void
jk_report_runs(struct jk_doc *d, const struct jk_report *r)
{
	const char *headers[N_SHOWN + 3] = { JK_MSG("run"),
	    JK_MSG("what differs") };
	size_t n = json_array_size(r->runs), i;
	json_t *varied;

	if (n == 0)
		return;
	jk_doc_section(d, "experiments", "Experiments");
	if (n == 1) {
		jk_doc_paragraph(d, "This is the only run in its table of "
		    "experiments so far. Another one, with other settings, "
		    "will stand here beside it.");
		return;
	}
	varied = varied_settings(r->runs);
	if (!varied) {
		d->out.failed = true;
		return;
	}
	jk_doc_paragraph(d, "All %zu runs of the table of experiments, after "
	    "training. Bits a byte can be compared between models, perplexity "
	    "only between runs of one model, both only on the same held-out "
	    "jokes.", n);
	for (i = 0; i < N_SHOWN; i++)
		headers[2 + i] = shown[i].title;
	if (d->format == JK_DOC_HTML)
		jk_buf_printf(&d->out, "<div class=\"wide\" tabindex=\"0\" "
		    "role=\"region\" aria-label=\"%s\">\n",
		    jk_tr("Experiments"));
	jk_doc_table(d, "runs", headers);
	for (i = 0; i < n; i++)
		run_row(d, json_array_get(r->runs, i), varied,
		    i == r->this_run);
	jk_doc_table_end(d);
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "</div>\n");
	json_decref(varied);
}
