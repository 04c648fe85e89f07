#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "report/compare.h"
#include "report/format.h"

static const char *const verdicts[] = { JK_MSG("cannot be told: a measure is "
	"missing"), JK_MSG("does not win"), JK_MSG("wins") };

static void
number_cell(struct jk_doc *d, double value,
    const struct jk_measurement_kind *k)
{
	jk_doc_value(d, value, k && k->is_share, k ? k->decimals : 4);
}

static void
interval_cells(struct jk_doc *d, const struct jk_interval *v,
    const struct jk_measurement_kind *k)
{
	number_cell(d, v->value, k);
	number_cell(d, v->low, k);
	number_cell(d, v->high, k);
}

static void
run_row(struct jk_doc *d, const struct jk_comparison_group *g, size_t run,
    const char *name, const struct jk_measurement_kind *k)
{
	const struct jk_interval *v = &g->of_run[run];
	char s[JK_NUMBER_MAX];

	jk_doc_row(d, name);
	jk_doc_cell(d, name);
	interval_cells(d, v, k);
	interval_cells(d, &g->difference[run], k);
	jk_doc_value(d, g->difference[run].p, false, 3);
	snprintf(s, sizeof s, v->n_seeds > 1 ? "%zu × %zu" : "%zu", v->n_units,
	    v->n_seeds);
	jk_doc_cell(d, s);
	jk_doc_row_end(d);
}

/* Of "NAME_human" that of NAME: the same measure of human jokes. */
static const struct jk_measurement_kind *
kind_of(const char *measure, bool *is_human)
{
	static const char end[] = "_human";
	const size_t n = strlen(measure), n_end = sizeof end - 1;

	*is_human = n > n_end && strcmp(measure + n - n_end, end) == 0;
	return jk_measurement_kind(measure, *is_human ? n - n_end : n);
}

static void
group_table(struct jk_doc *d, const struct jk_comparison *c,
    const struct jk_comparison_group *g)
{
	static const char *const headers[] = { JK_MSG("run"), JK_MSG("value"),
		JK_MSG("from"), JK_MSG("to"), JK_MSG("difference"),
		JK_MSG("from"), JK_MSG("to"), "p", JK_MSG("units"), NULL };
	bool is_human;
	const struct jk_measurement_kind *k = kind_of(g->measure, &is_human);
	const char *title = k ? jk_tr(k->title) : g->measure, *name;
	struct jk_buf heading = JK_BUF_INIT;
	size_t run = 0;
	json_t *index;

	jk_buf_printf(&heading, g->theme ? "%s: %s" : "%s", title, g->theme);
	if (is_human)
		jk_buf_adds(&heading, jk_tr(", of human jokes as long as the "
		    "answers"));
	else if (k && k->better != JK_BETTER_NEITHER)
		jk_buf_printf(&heading, " (%s)", jk_tr(k->better ==
		    JK_BETTER_LOWER ? JK_MSG("less is better") :
		    JK_MSG("more is better")));
	jk_doc_heading(d, jk_buf_str(&heading));
	d->out.failed |= heading.failed;
	jk_buf_release(&heading);
	jk_doc_table(d, "measure", headers);
	json_object_foreach(c->runs, name, index) {
		if (!isnan(g->of_run[run].value))
			run_row(d, g, run, name, k);
		run++;
	}
	jk_doc_table_end(d);
}

static void
verdict_table(struct jk_doc *d, const struct jk_comparison *c)
{
	static const char *const headers[] = { JK_MSG("run"),
		JK_MSG("verdict"), NULL };
	const char *name;
	size_t run = 0;
	json_t *index;

	jk_doc_table(d, "verdicts", headers);
	json_object_foreach(c->runs, name, index) {
		if (run > 0) {
			jk_doc_row(d, name);
			jk_doc_cell(d, name);
			jk_doc_cell(d, jk_tr(verdicts[1 +
			    jk_comparison_wins(c, run)]));
			jk_doc_row_end(d);
		}
		run++;
	}
	jk_doc_table_end(d);
}

void
jk_comparison_page(struct jk_doc *d, const struct jk_comparison *c,
    const char *name)
{
	const char *first = json_object_iter_key(json_object_iter(c->runs));
	size_t i;

	jk_doc_begin(d, name);
	jk_doc_paragraph(d, "Runs compared with %s. An interval of 95 %% says "
	    "how far a number would go with other jokes and answers of the same "
	    "kind, and with other seeds where there are several; with one seed "
	    "it says nothing of others. Differences are taken in pairs: on "
	    "jokes, or answers, that both runs have. None of the numbers says "
	    "whether a joke is funny.", first ? first : "");
	if (c->n_runs > 1) {
		jk_doc_section(d, "verdicts", "Verdicts");
		jk_doc_paragraph(d, "A run wins where bits a byte and the rank "
		    "of the theme are better beyond the interval, and neither "
		    "variety nor what is memorised is worse beyond it.");
		verdict_table(d, c);
	}
	jk_doc_section(d, "measures", "Measures");
	for (i = 0; i < c->n; i++)
		if (!c->v[i].theme)
			group_table(d, c, &c->v[i]);
	for (i = 0; i < c->n; i++)
		if (c->v[i].theme)
			group_table(d, c, &c->v[i]);
	jk_doc_end(d);
}

static json_t *
run_json(const struct jk_comparison_group *g, size_t run, const char *name)
{
	const struct jk_interval *v = &g->of_run[run];
	const struct jk_interval *d = &g->difference[run];
	json_t *o = json_pack("{s:s,s:I,s:I,s:I}", "run", name, "n_units",
	    (json_int_t)v->n_units, "n_seeds", (json_int_t)v->n_seeds,
	    "n_paired_units", (json_int_t)d->n_units);

	if (o && jk_json_set_real(o, "value", v->value) == 0 &&
	    jk_json_set_real(o, "low", v->low) == 0 &&
	    jk_json_set_real(o, "high", v->high) == 0 &&
	    jk_json_set_real(o, "difference", d->value) == 0 &&
	    jk_json_set_real(o, "difference_low", d->low) == 0 &&
	    jk_json_set_real(o, "difference_high", d->high) == 0 &&
	    jk_json_set_real(o, "p", d->p) == 0)
		return o;
	json_decref(o);
	return NULL;
}

static json_t *
group_json(const struct jk_comparison *c, const struct jk_comparison_group *g)
{
	json_t *rows = json_array(), *index;
	const char *name;
	size_t run = 0;
	int bad = rows ? 0 : -1;

	json_object_foreach(c->runs, name, index) {
		if (bad == 0 && !isnan(g->of_run[run].value))
			bad = json_array_append_new(rows, run_json(g, run,
			    name));
		run++;
	}
	if (bad == 0)
		return json_pack("{s:s,s:s?,s:o}", "measure", g->measure,
		    "theme", g->theme, "runs", rows);
	json_decref(rows);
	return NULL;
}

json_t *
jk_comparison_json(const struct jk_comparison *c)
{
	json_t *groups = json_array(), *wins = json_object(), *index;
	const char *name;
	size_t i, run = 0;
	int bad = groups && wins ? 0 : -1;

	for (i = 0; bad == 0 && i < c->n; i++)
		bad = json_array_append_new(groups, group_json(c, &c->v[i]));
	json_object_foreach(c->runs, name, index) {
		const int won = run > 0 ? jk_comparison_wins(c, run) : -1;

		run++;
		if (bad == 0 && won >= 0)
			bad = json_object_set_new(wins, name,
			    json_boolean(won));
	}
	if (bad == 0)
		return json_pack("{s:i,s:o,s:o}", "n_resamples", JK_RESAMPLES,
		    "wins", wins, "measures", groups);
	json_decref(groups);
	json_decref(wins);
	return NULL;
}
