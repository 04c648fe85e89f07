#include <math.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "base/decimal.h"
#include "stat/stat.h"

/*
 * A row is a label and for each file a number and a bar.  Where columns are
 * few, bars get shorter, down to the room of a share ("100.0%"), then labels.
 */
enum { LABEL = 27, LEAST_LABEL = 12, NUMBER = 11, SHARE = 7, MOST_BINS = 16 };

struct page {
	struct jk_buf *out;
	const struct jk_stat *s;
	unsigned n_files;
	int label, bar;		/* columns of them */
};

/* Columns that a character takes on a terminal. */
static int
columns(uint32_t c)
{
	return utf8proc_charwidth((utf8proc_int32_t)c);
}

/* A string cut to `width` columns, "…" at the cut, and filled with spaces. */
static void
add_fitted(struct jk_buf *out, const char *s, int width)
{
	size_t n = strlen(s), at, end = 0;
	int used = 0, fits = 0;
	uint32_t code;
	unsigned len;

	for (at = 0; at < n && used <= width; at += len) {
		if (used < width) {
			end = at;	/* all before it, and "…", fit */
			fits = used;
		}
		len = jk_utf8_decode(s + at, n - at, &code);
		if (!len) {
			len = 1;
			code = '?';
		}
		used += columns(code);
	}
	if (used <= width) {
		jk_buf_adds(out, s);
	} else {
		jk_buf_add(out, s, end);
		jk_buf_adds(out, "…");
		used = fits + 1;
	}
	jk_buf_printf(out, "%*s", width - used, "");
}

static void
end_row(struct jk_buf *out)
{
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
	jk_buf_addc(out, '\n');
}

static void
add_cell(const struct page *p, const char *number, double bar_share)
{
	int n = bar_share > 0 ? (int)ceil(bar_share * p->bar) : 0, i;

	jk_buf_printf(p->out, "%*s ", NUMBER, number);
	for (i = 0; i < p->bar; i++)
		jk_buf_addc(p->out, i < n ? '#' : ' ');
}

/* A row of counts, with what share of `of` (0: none) they are. */
static void
add_counts(const struct page *p, const char *label, const uint64_t *count,
    const uint64_t *of)
{
	char number[32], with_share[64];
	unsigned i;

	add_fitted(p->out, jk_tr(label), p->label);
	for (i = 0; i < p->n_files; i++) {
		snprintf(number, sizeof number, "%llu",
		    (unsigned long long)count[i]);
		with_share[0] = '\0';
		if (of && of[i])
			jk_snprintf_local(with_share, sizeof with_share, "%6.1f%%",
			    100 * (double)count[i] / (double)of[i]);
		jk_buf_printf(p->out, "%*s %-*s", NUMBER, number, p->bar,
		    with_share);
	}
	end_row(p->out);
}

/* One number of each file, picked from struct jk_stat by its offset. */
static void
add_field(const struct page *p, const char *label, size_t offset,
    bool with_share)
{
	uint64_t count[2] = { 0, 0 }, of[2] = { 0, 0 };
	unsigned i;

	for (i = 0; i < p->n_files; i++) {
		memcpy(&count[i], (const char *)&p->s[i] + offset,
		    sizeof count[i]);
		of[i] = p->s[i].n_records;
	}
	add_counts(p, label, count, with_share ? of : NULL);
}

/* --- ratings and lengths */

static void
add_percentile(const struct page *p, const char *label,
    const struct jk_spread *spread, size_t offset)
{
	char number[32];
	unsigned i;
	double x;

	add_fitted(p->out, jk_tr(label), p->label);
	for (i = 0; i < p->n_files; i++) {
		memcpy(&x, (const char *)&spread[i] + offset, sizeof x);
		if (isnan(x))
			strcpy(number, "-");
		else
			jk_snprintf_local(number, sizeof number, "%.4g", x);
		add_cell(p, number, 0);
	}
	end_row(p->out);
}

static void
add_spread(const struct page *p, const struct jk_values *const *values)
{
	static const struct {
		const char *label;
		size_t offset;
	} rows[] = {
		{ JK_MSG("  smallest"), offsetof(struct jk_spread, min) },
		{ JK_MSG("  5% are up to"), offsetof(struct jk_spread, p5) },
		{ "  25%", offsetof(struct jk_spread, p25) },
		{ JK_MSG("  50% (median)"), offsetof(struct jk_spread, p50) },
		{ "  75%", offsetof(struct jk_spread, p75) },
		{ "  95%", offsetof(struct jk_spread, p95) },
		{ JK_MSG("  largest"), offsetof(struct jk_spread, max) },
		{ JK_MSG("  mean"), offsetof(struct jk_spread, mean) }
	};
	struct jk_spread spread[2];
	size_t i;

	for (i = 0; i < p->n_files; i++)
		spread[i] = jk_values_spread(values[i]);
	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		add_percentile(p, rows[i].label, spread, rows[i].offset);
}

/* Bins [edge[i], edge[i + 1]); the last one has no end. */
static void
add_histogram(const struct page *p, const struct jk_values *const *values,
    const double *edge, unsigned n_bins, bool whole)
{
	size_t count[2][MOST_BINS], most[2] = { 0, 0 };
	char label[64], number[32];
	unsigned i, k, n_shown = 0;

	for (i = 0; i < p->n_files; i++)
		for (k = 0; k < n_bins; k++) {
			count[i][k] = jk_values_between(values[i], edge[k],
			    k + 1 < n_bins ? edge[k + 1] : INFINITY);
			if (count[i][k] > most[i])
				most[i] = count[i][k];
			if (count[i][k] && k >= n_shown)
				n_shown = k + 1;
		}
	for (k = 0; k < n_shown; k++) {
		if (k + 1 == n_bins)
			jk_snprintf_local(label, sizeof label, jk_tr("  %.6g and more"),
			    edge[k]);
		else if (whole && edge[k + 1] - edge[k] == 1)
			jk_snprintf_local(label, sizeof label, "  %.6g", edge[k]);
		else if (whole)
			jk_snprintf_local(label, sizeof label, jk_tr("  %.6g to %.6g"),
			    edge[k], edge[k + 1] - 1);
		else
			jk_snprintf_local(label, sizeof label,
			    jk_tr("  %.6g to below %.6g"),
			    edge[k], edge[k + 1]);
		add_fitted(p->out, label, p->label);
		for (i = 0; i < p->n_files; i++) {
			snprintf(number, sizeof number, "%zu", count[i][k]);
			add_cell(p, number, most[i] ? (double)count[i][k] /
			    (double)most[i] : 0);
		}
		end_row(p->out);
	}
}

/* Steps of 1, 2 or 5 times a power of ten, at most 12 of them. */
static unsigned
rating_edges(double min, double max, double *edge)
{
	double step = 1e-3;
	int i;

	for (i = 0; (max - min) / step >= 11 && i < 900; i++)
		step *= i % 3 == 1 ? 2.5 : 2;
	min = floor(min / step) * step;
	for (i = 0; i < MOST_BINS - 1 && min + i * step <= max; i++)
		edge[i] = min + i * step;
	return (unsigned)(i > 0 ? i : 1);
}

static bool
all_whole(const struct jk_values *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->v[i] != floor(a->v[i]))
			return false;
	return true;
}

static void
print_ratings(const struct page *p)
{
	const struct jk_values *values[2] = { &p->s[0].ratings,
	    &p->s[p->n_files - 1].ratings };
	uint64_t without[2] = { 0, 0 }, records[2] = { 0, 0 };
	double edge[MOST_BINS] = { 0 }, min = INFINITY, max = -INFINITY;
	bool whole = true;
	unsigned i;

	jk_buf_adds(p->out, jk_tr("\nrating\n"));
	for (i = 0; i < p->n_files; i++) {
		records[i] = p->s[i].n_records;
		without[i] = p->s[i].n_records - values[i]->n;
		whole = whole && all_whole(values[i]);
		if (!values[i]->n)
			continue;
		min = fmin(min, values[i]->v[0]);
		max = fmax(max, values[i]->v[values[i]->n - 1]);
	}
	add_counts(p, "  without one", without, records);
	if (min > max)
		return;
	add_spread(p, values);
	i = rating_edges(min, max, edge);
	add_histogram(p, values, edge, i,
	    whole && (i < 2 || edge[1] - edge[0] >= 1));
}

static void
print_lengths(const struct page *p, const char *title, size_t offset,
    double first_edge)
{
	const struct jk_values *values[2];
	double edge[9] = { 0 };
	unsigned i;

	for (i = 0; i < 2; i++)
		values[i] = (const struct jk_values *)(const void *)
		    ((const char *)&p->s[i % p->n_files] + offset);
	jk_buf_printf(p->out, "\n%s\n", jk_tr(title));
	add_spread(p, values);
	for (i = 1; i < 9; i++)
		edge[i] = ldexp(first_edge, (int)i - 1);
	add_histogram(p, values, edge, 9, true);
}

/* --- themes */

static void
print_themes(const struct page *p, unsigned most_themes)
{
	/* those of the first file, of the second where that has none */
	unsigned from = p->n_files > 1 && !p->s[0].themes.n_entries;
	const struct jk_tally *t = &p->s[from].themes;
	const struct jk_tally_entry *e;
	uint64_t count[2] = { 0, 0 }, records[2] = { 0, 0 };
	uint64_t shown[2] = { 0, 0 }, biggest[2] = { 1, 1 };
	char label[256], number[32];
	unsigned i, k, n = t->n_entries < most_themes ? t->n_entries
	    : most_themes;

	jk_buf_adds(p->out, jk_tr("\nthemes\n"));
	for (i = 0; i < p->n_files; i++) {
		records[i] = p->s[i].n_records;
		count[i] = p->s[i].themes.n_entries;
		if (count[i])
			biggest[i] = p->s[i].themes.entries[0].count;
	}
	add_counts(p, "  different ones", count, NULL);
	add_field(p, "  records without one",
	    offsetof(struct jk_stat, n_without_theme), true);
	for (k = 0; k < n; k++) {
		jk_snprintf_local(label, sizeof label, "  %s", t->entries[k].s);
		label[jk_utf8_valid_len(label, strlen(label))] = '\0';
		add_fitted(p->out, label, p->label);
		for (i = 0; i < p->n_files; i++) {
			e = jk_tally_find(&p->s[i].themes, t->entries[k].s,
			    t->entries[k].len);
			count[i] = e ? e->count : 0;
			shown[i] += count[i];
			snprintf(number, sizeof number, "%llu",
			    (unsigned long long)count[i]);
			add_cell(p, number,
			    (double)count[i] / (double)biggest[i]);
		}
		end_row(p->out);
	}
	for (i = 0; i < p->n_files; i++)
		count[i] = records[i] - p->s[i].n_without_theme - shown[i];
	if (count[0] || (p->n_files > 1 && count[1]))
		add_counts(p, "  others", count, records);
}

void
jk_stat_print(struct jk_buf *out, const struct jk_stat *s,
    const char *const *names, unsigned n_files, unsigned most_themes,
    int width)
{
	struct page p = { out, s, n_files, LABEL,
	    (width - LABEL) / (int)n_files - NUMBER - 1 };
	uint64_t count[2] = { 0, 0 }, of[2] = { 0, 0 };
	unsigned i;
	int k;

	if (p.bar < SHARE) {
		p.bar = SHARE;
		p.label = width - (int)n_files * (NUMBER + 1 + SHARE);
		p.label = p.label < LEAST_LABEL ? LEAST_LABEL : p.label;
	}
	add_fitted(out, "", p.label);
	for (i = 0; i < n_files; i++) {
		/* at the right end of the numbers, or as far as it goes */
		int n = NUMBER + 1 + p.bar - (i + 1 == n_files ? 0 : 1);

		jk_buf_adds(out, "  ");
		add_fitted(out, names[i], n - 2);
		if (i + 1 < n_files)
			jk_buf_addc(out, ' ');
	}
	end_row(out);
	add_field(&p, "records", offsetof(struct jk_stat, n_records), false);
	add_field(&p, "bad lines", offsetof(struct jk_stat, n_bad), false);
	add_field(&p, "exact duplicates", offsetof(struct jk_stat, n_exact),
	    true);
	if (s[0].near_looked_for)
		add_field(&p, "near duplicates",
		    offsetof(struct jk_stat, n_near), true);
	for (i = 0; i < n_files; i++) {
		count[i] = s[i].n_cyrillic;
		of[i] = s[i].n_letters;
	}
	add_counts(&p, "Cyrillic letters", count, of);
	add_field(&p, "records under 50% Cyrillic",
	    offsetof(struct jk_stat, n_below_half), true);
	print_ratings(&p);
	print_lengths(&p, "characters", offsetof(struct jk_stat, chars), 25);
	print_lengths(&p, "words", offsetof(struct jk_stat, words), 5);
	print_themes(&p, most_themes);
	jk_buf_adds(out, jk_tr("\nrecords with junk\n"));
	for (k = 0; k < JK_N_JUNKS; k++) {
		char label[64];

		jk_snprintf_local(label, sizeof label, "  %s",
		    jk_tr(jk_junk_names[k].words));
		add_field(&p, label, offsetof(struct jk_stat, n_with_junk) +
		    (size_t)k * sizeof(uint64_t), true);
	}
}
