#include <stdio.h>
#include <string.h>

#include "report/bars.h"
#include "report/format.h"
#include "report/page.h"

enum { MOST_BARS = 48, MOST_THEMES = 15 };

/* --- pictures of what jk-stat counted */

struct bin {
	double from, to;
	struct jk_bar bar;
};

/* The bin that begins at `from`: found, or new in its place; NULL: too many. */
static struct bin *
bin_at(struct bin *bins, size_t *n, double from, double to)
{
	size_t i = *n, k;

	for (k = 0; k < *n; k++)
		if (bins[k].from == from)
			return &bins[k];
	if (*n == MOST_BARS)
		return NULL;
	for (; i > 0 && bins[i - 1].from > from; i--)
		bins[i] = bins[i - 1];
	bins[i] = (struct bin){ .from = from, .to = to };
	++*n;
	return &bins[i];
}

static void
name_bin(struct bin *bin, bool is_whole)
{
	const char *format = !is_whole ? jk_tr("%s to <%s") :
	    bin->to - bin->from == 1 ? "%s" : jk_tr("%s to %s");
	char from[JK_NUMBER_MAX], to[JK_NUMBER_MAX];

	snprintf(bin->bar.label, sizeof bin->bar.label, format,
	    jk_report_format(from, bin->from, false, 0),
	    jk_report_format(to, bin->to - is_whole, false, 0));
}

/*
 * A histogram of both files, whose bins begin at the same edges (jk-stat(1)); a
 * bin that only one of them has is empty in the other.  Of more than MOST_BARS,
 * none is drawn.
 */
static void
histogram(struct jk_doc *d, const struct jk_report *r, const char *key,
    const char *title, bool is_whole)
{
	struct bin bins[MOST_BARS], *bin;
	struct jk_bar bars[MOST_BARS];
	size_t n = 0, i;
	json_t *count;
	int side;

	for (side = 0; side < JK_N_SIDES; side++) {
		const json_t *h = json_object_get(json_object_get(
		    r->side[side].stat, "histograms"), key);
		const json_t *edges = json_object_get(h, "edges");

		json_array_foreach(json_object_get(h, "counts"), i, count) {
			bin = bin_at(bins, &n,
			    json_number_value(json_array_get(edges, i)),
			    json_number_value(json_array_get(edges, i + 1)));
			if (!bin)
				return;
			bin->bar.count[side] = json_number_value(count);
		}
	}
	for (i = 0; i < n; i++) {
		name_bin(&bins[i], is_whole);
		bars[i] = bins[i].bar;
	}
	jk_report_bars(d, title, bars, n);
}

static double
count_of(const json_t *stat, const char *theme)
{
	return json_number_value(json_object_get(json_object_get(stat,
	    "themes"), theme));
}

/* The commonest themes of what was chosen, and what the others are. */
static void
themes(struct jk_doc *d, const struct jk_report *r)
{
	const json_t *before = r->side[JK_BEFORE].stat;
	const json_t *after = r->side[JK_AFTER].stat;
	struct jk_bar bars[MOST_THEMES + 2] = { 0 };
	size_t n = 0, n_other = 0;
	const char *theme;
	json_t *count;

	json_object_foreach(json_object_get(after, "themes"), theme, count) {
		struct jk_bar *bar = &bars[n < MOST_THEMES ? n : MOST_THEMES];

		if (n < MOST_THEMES) {
			snprintf(bar->label, sizeof bar->label, "%.*s",
			    (int)jk_utf8_valid_len(theme, strnlen(theme,
			    sizeof bar->label - 1)), theme);
			n++;
		} else {
			n_other++;
		}
		bar->count[JK_BEFORE] += count_of(before, theme);
		bar->count[JK_AFTER] += json_number_value(count);
	}
	if (n == 0)
		return;
	if (n_other) {
		snprintf(bars[n].label, sizeof bars[n].label,
		    JK_TRN("%zu others", n_other), n_other);
		n++;
	}
	snprintf(bars[n].label, sizeof bars[n].label, "%s",
	    jk_tr("without one"));
	bars[n].count[JK_BEFORE] = json_number_value(json_object_get(before,
	    "without_theme"));
	bars[n].count[JK_AFTER] = json_number_value(json_object_get(after,
	    "without_theme"));
	if (bars[n].count[JK_BEFORE] > 0 || bars[n].count[JK_AFTER] > 0)
		n++;
	jk_report_bars(d, "Themes", bars, n);
}

void
jk_report_pictures(struct jk_doc *d, const struct jk_report *r)
{
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "<div class=\"pictures\">\n");
	histogram(d, r, "chars", "Characters in a joke", true);
	histogram(d, r, "rating", "Ratings", false);
	themes(d, r);
	if (d->format == JK_DOC_HTML)
		jk_buf_adds(&d->out, "</div>\n");
}

/* --- rows before and after their repair */

static void
repairs_of(struct jk_buf *b, const json_t *example)
{
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(example, "repairs"), i, name) {
		jk_buf_adds(b, i ? ", " : "");
		jk_report_scalar(b, name);
	}
}

static void
html_text(struct jk_doc *d, const json_t *text)
{
	jk_buf_adds(&d->out, "<blockquote lang=\"ru\">");
	jk_html_escape(&d->out, json_string_value(text),
	    json_string_length(text));
	jk_buf_adds(&d->out, "</blockquote>\n");
}

static void
html_example(struct jk_doc *d, const json_t *example, const char *repairs,
    const json_t *clean)
{
	const json_t *source = json_object_get(example, "source");
	json_t *text;
	size_t i;

	jk_buf_adds(&d->out, "<div class=\"pair\"><h4>");
	jk_html_escape(&d->out, repairs, strlen(repairs));
	jk_buf_printf(&d->out, "</h4>\n<div class=\"answer before\">"
	    "<p class=\"tag\"><b>%s</b> · ", jk_tr("as it was"));
	jk_html_escape(&d->out, json_string_value(source),
	    json_string_length(source));
	jk_buf_adds(&d->out, "</p>\n");
	html_text(d, json_object_get(example, "text"));
	jk_buf_printf(&d->out, "</div>\n<div class=\"answer after\">"
	    "<p class=\"tag\"><b>%s</b>", jk_tr("cleaned"));
	if (json_array_size(clean) != 1)
		jk_buf_printf(&d->out, JK_TRN(" · %zu records",
		    json_array_size(clean)), json_array_size(clean));
	jk_buf_adds(&d->out, "</p>\n");
	json_array_foreach(clean, i, text)
		html_text(d, text);
	jk_buf_adds(&d->out, "</div></div>\n");
}

static void
markdown_example(struct jk_doc *d, const json_t *example, const char *repairs,
    const json_t *clean)
{
	const json_t *source = json_object_get(example, "source"), *text;
	size_t i;

	jk_doc_caption(d, repairs);
	jk_doc_paragraph(d, "%s, as it was, and cleaned:",
	    json_string_value(source));
	text = json_object_get(example, "text");
	jk_doc_literal(d, json_string_value(text), json_string_length(text));
	for (i = 0; (text = json_array_get(clean, i)); i++) {
		jk_doc_paragraph(d, "→");
		jk_doc_literal(d, json_string_value(text),
		    json_string_length(text));
	}
}

static bool
is_example(const json_t *example)
{
	const json_t *text;
	size_t i;

	for (i = 0; (text = json_array_get(json_object_get(example, "clean"),
	    i)); i++)
		if (!json_is_string(text))
			return false;
	return json_is_string(json_object_get(example, "source")) &&
	    json_is_string(json_object_get(example, "text"));
}

void
jk_report_examples(struct jk_doc *d, const json_t *summary)
{
	const json_t *examples = json_object_get(summary, "examples");
	struct jk_buf repairs = JK_BUF_INIT;
	json_t *example;
	size_t i;

	if (json_array_size(examples) == 0)
		return;
	jk_doc_heading(d, jk_tr("Rows as they were, and cleaned"));
	jk_doc_paragraph(d, "Of the rows in their order, those that show a "
	    "repair which no row before them does; at most ten.");
	json_array_foreach(examples, i, example) {
		const json_t *clean = json_object_get(example, "clean");

		if (!is_example(example))
			continue;
		jk_buf_clear(&repairs);
		repairs_of(&repairs, example);
		if (d->format == JK_DOC_HTML)
			html_example(d, example, jk_buf_str(&repairs), clean);
		else
			markdown_example(d, example, jk_buf_str(&repairs),
			    clean);
	}
	d->out.failed |= repairs.failed;
	jk_buf_release(&repairs);
}
