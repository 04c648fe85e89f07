#include <math.h>
#include <stdio.h>

#include "record/names.h"
#include "report/page.h"

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
	const json_t *dropped = json_object_get(summary, "dropped");
	struct jk_buf title = JK_BUF_INIT;
	const char *name;
	json_t *repair;

	jk_doc_paragraph(d, "Cleaning: %.0f rows gave %.0f records; %.0f "
	    "rows were changed.", jk_json_get_number(summary, "rows"),
	    jk_json_get_number(summary, "records"),
	    jk_json_get_number(summary, "rows_changed"));
	if (jk_json_get_number(dropped, "empty") > 0 ||
	    jk_json_get_number(dropped, "bad") > 0)
		jk_doc_paragraph(d, "Dropped: %.0f rows without a text, %.0f "
		    "that could not be read.",
		    jk_json_get_number(dropped, "empty"),
		    jk_json_get_number(dropped, "bad"));
	if (!(jk_json_get_number(summary, "rows_changed") > 0))
		return;
	jk_doc_table(d, "numbers", headers);
	json_object_foreach(json_object_get(summary, "repairs"), name,
	    repair) {
		if (!(jk_json_get_number(repair, "rows") > 0))
			continue;
		jk_doc_row(d, name);
		jk_buf_clear(&title);
		jk_buf_printf(&title, "%s: %s", name,
		    jk_words_of_name(jk_repair_names, name));
		jk_doc_cell(d, jk_buf_str(&title));
		count_cell(d, jk_json_get_number(repair, "rows"));
		count_cell(d, jk_json_get_number(repair, "changes"));
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
	d->out.failed |= title.failed;
	jk_buf_release(&title);
	jk_report_examples(d, summary);
}

/* jk-filter: what was dropped, and why. */
static void
drops(struct jk_doc *d, const json_t *summary)
{
	static const char *const headers[] = { "dropped", "records", NULL };
	const char *reason;
	json_t *n;

	jk_doc_paragraph(d, "Choosing: of %.0f records, %.0f were kept.",
	    jk_json_get_number(summary, "read"),
	    jk_json_get_number(summary, "kept"));
	if (json_object_size(json_object_get(summary, "dropped")) == 0)
		return;
	jk_doc_table(d, "numbers", headers);
	json_object_foreach(json_object_get(summary, "dropped"), reason, n) {
		jk_doc_row(d, reason);
		jk_doc_cell(d, jk_words_of_name(jk_drop_names, reason));
		count_cell(d, json_number_value(n));
		jk_doc_row_end(d);
	}
	jk_doc_table_end(d);
}

/* A number in an object inside the object, or in it for `outer` NULL. */
static double
inner_number(const json_t *object, const char *outer, const char *key)
{
	return jk_json_get_number(outer ? json_object_get(object, outer) :
	    object, key);
}

static void
stat_row(struct jk_doc *d, const struct jk_report *r, const char *outer,
    const char *key, const char *title, bool is_share)
{
	struct jk_buf name = JK_BUF_INIT;
	int side;

	if (isnan(inner_number(r->side[JK_BEFORE].stat, outer, key)) &&
	    isnan(inner_number(r->side[JK_AFTER].stat, outer, key)))
		return;
	jk_buf_printf(&name, "%s%s%s", outer ? outer : "", outer ? "." : "",
	    key);
	jk_doc_row(d, jk_buf_str(&name));
	jk_doc_cell(d, jk_tr(title));
	for (side = 0; side < JK_N_SIDES; side++) {
		double v = inner_number(r->side[side].stat, outer, key);

		jk_doc_value(d, v, is_share, is_share ? 2 : 0);
	}
	jk_doc_row_end(d);
	d->out.failed |= name.failed;
	jk_buf_release(&name);
}

/* Kinds of junk, counted in records; only those that were there. */
static void
junk_rows(struct jk_doc *d, const struct jk_report *r)
{
	json_t *before = json_object_get(r->side[JK_BEFORE].stat, "junk");
	json_t *after = json_object_get(r->side[JK_AFTER].stat, "junk");
	const char *kind;
	json_t *count;

	json_object_foreach(before, kind, count) {
		double n[2] = { jk_json_get_number(count, "records"),
		    jk_json_get_number(json_object_get(after, kind),
		    "records") };

		if (!(n[0] > 0 || n[1] > 0))
			continue;
		jk_doc_row(d, kind);
		jk_doc_cell(d, jk_words_of_name(jk_junk_names, kind));
		count_cell(d, n[0]);
		count_cell(d, n[1]);
		jk_doc_row_end(d);
	}
}

static void
statistics(struct jk_doc *d, const struct jk_report *r)
{
	static const char *const headers[] = { "", "before", "after", NULL };

	jk_doc_table(d, "numbers", headers);
	stat_row(d, r, NULL, "records", "records", false);
	stat_row(d, r, "chars", "p50", "characters, median", false);
	stat_row(d, r, "chars", "p95", "characters, 95th percentile", false);
	stat_row(d, r, "words", "p50", "words, median", false);
	stat_row(d, r, "rating", "p50", "rating, median", false);
	stat_row(d, r, "cyrillic", "share", "Cyrillic letters", true);
	stat_row(d, r, "duplicates", "exact", "exact duplicates", false);
	stat_row(d, r, "duplicates", "near", "near duplicates", false);
	junk_rows(d, r);
	jk_doc_table_end(d);
	jk_report_pictures(d, r);
}

/* What jk-tokenize took none of, which has no summary. */
static void
too_long(struct jk_doc *d, const struct jk_report *r)
{
	double n = jk_json_get_number(r->side[JK_AFTER].stat, "records");
	double learnt = jk_json_get_number(r->training, "n_records");

	if (learnt < n)
		jk_doc_paragraph(d, "Of the %.0f chosen, %.0f were learnt from; "
		    "%.0f make dialogues longer than the limit of tokens.", n,
		    learnt, n - learnt);
}

void
jk_report_data(struct jk_doc *d, const struct jk_report *r)
{
	bool has_stat = r->side[JK_BEFORE].stat && r->side[JK_AFTER].stat;
	json_t *summary;
	size_t i;

	if (!has_stat && json_array_size(r->summaries) == 0)
		return;
	jk_doc_section(d, "data", "The data, before and after cleaning");
	if (has_stat)
		statistics(d, r);
	json_array_foreach(r->summaries, i, summary) {
		if (json_object_get(summary, "repairs"))
			repairs(d, summary);
		else if (json_object_get(summary, "kept"))
			drops(d, summary);
	}
	too_long(d, r);
}
