#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text/report_page.h"

static double
number(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static void
count_cell(struct jk_doc *d, double value)
{
	char s[32];

	snprintf(s, sizeof s, "%.0f", value);
	jk_doc_number(d, value, s);
}

/* jk-clean: what was repaired, in how many rows. */
static void
repairs(struct jk_doc *d, const json_t *summary)
{
	static const char *const headers[] = { "repair", "rows", "places",
	    NULL };
	const char *name;
	json_t *repair;

	jk_doc_paragraph(d, "Cleaning: %.0f rows gave %.0f records; %.0f "
	    "rows were changed.", number(summary, "rows"),
	    number(summary, "records"), number(summary, "rows_changed"));
	jk_doc_table(d, "numbers", headers);
	json_object_foreach(json_object_get(summary, "repairs"), name,
	    repair) {
		if (!(number(repair, "rows") > 0))
			continue;
		jk_doc_row(d, name);
		jk_doc_cell(d, name);
		count_cell(d, number(repair, "rows"));
		count_cell(d, number(repair, "changes"));
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

/* jk-filter: what was dropped, and why. */
static void
drops(struct jk_doc *d, const json_t *summary)
{
	static const char *const headers[] = { "dropped for", "records",
	    NULL };
	const char *reason;
	json_t *n;

	jk_doc_paragraph(d, "Choosing: of %.0f records, %.0f were kept.",
	    number(summary, "read"), number(summary, "kept"));
	jk_doc_table(d, "numbers", headers);
	json_object_foreach(json_object_get(summary, "dropped"), reason, n) {
		jk_doc_row(d, reason);
		jk_doc_cell(d, reason);
		count_cell(d, json_number_value(n));
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

struct stat_rows {
	struct jk_doc *doc;
	json_t *after;		/* flat: key to value */
};

static void
keep_flat(const char *key, const json_t *value, void *arg)
{
	struct stat_rows *rows = arg;

	if (json_is_number(value) && json_object_set(rows->after, key,
	    (json_t *)(uintptr_t)value) < 0)
		rows->doc->out.failed = true;
}

static void
stat_row(const char *key, const json_t *value, void *arg)
{
	struct stat_rows *rows = arg;
	double v[2] = { json_number_value(value), number(rows->after, key) };
	char s[32];
	int i;

	if (!json_is_number(value))
		return;
	jk_doc_row(rows->doc, key);
	jk_doc_cell(rows->doc, key);
	for (i = 0; i < 2; i++) {
		snprintf(s, sizeof s, v[i] == floor(v[i]) ? "%.0f" : "%.3f",
		    v[i]);
		jk_doc_number(rows->doc, v[i], s);
	}
	jk_doc_row_end(rows->doc);
}

static void
statistics(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "before", "after", NULL };
	struct stat_rows rows = { .doc = d, .after = json_object() };

	if (!rows.after) {
		d->out.failed = true;
		return;
	}
	jk_report_flatten(r->side[JK_AFTER].stat, NULL, keep_flat, &rows);
	jk_doc_table(d, "numbers", headers);
	jk_report_flatten(r->side[JK_BEFORE].stat, NULL, stat_row, &rows);
	jk_doc_table_end(d);
	json_decref(rows.after);
}

void
jk_report_data(struct jk_doc *d, const struct jk_report *r)
{
	bool has_stat = r->side[JK_BEFORE].stat && r->side[JK_AFTER].stat;
	json_t *item, *summary;
	size_t i;

	if (!has_stat && json_array_size(r->summaries) == 0)
		return;
	jk_doc_section(d, "data", "The data, before and after cleaning");
	if (has_stat)
		statistics(d, r);
	json_array_foreach(r->summaries, i, item) {
		summary = json_object_get(item, "summary");
		if (json_object_get(summary, "repairs"))
			repairs(d, summary);
		else if (json_object_get(summary, "kept"))
			drops(d, summary);
	}
}
