#include "stat/stat.h"

#include <math.h>
#include <stdlib.h>

#include "text/textstat.h"

static int
add_value(struct jk_values *a, double x, struct jk_err *err)
{
	if (a->n == a->cap) {
		size_t cap = a->cap + a->cap / 2 + 1024;
		double *v = realloc(a->v, cap * sizeof *v);

		if (!v)
			return jk_fail_nomem(err);
		a->v = v;
		a->cap = cap;
	}
	a->v[a->n++] = x;
	return 0;
}

static int
by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;

	return a < b ? -1 : a > b;
}

static double
percentile(const struct jk_values *a, unsigned percent)
{
	size_t rank = (a->n * percent + 99) / 100;	/* from 1 */

	return a->v[rank ? rank - 1 : 0];
}

struct jk_spread
jk_values_spread(const struct jk_values *a)
{
	struct jk_spread s = { 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	double sum = 0;
	size_t i;

	if (!a->n)
		return s;
	for (i = 0; i < a->n; i++)
		sum += a->v[i];
	return (struct jk_spread){
		.n = a->n, .min = a->v[0], .max = a->v[a->n - 1],
		.p5 = percentile(a, 5), .p25 = percentile(a, 25),
		.p50 = percentile(a, 50), .p75 = percentile(a, 75),
		.p95 = percentile(a, 95), .mean = sum / (double)a->n
	};
}

/* How many are below x. */
static size_t
count_below(const struct jk_values *a, double x)
{
	size_t low = 0, high = a->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (a->v[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t
jk_values_between(const struct jk_values *a, double from, double to)
{
	return count_below(a, to) - count_below(a, from);
}

int
jk_stat_init(struct jk_stat *s, bool near, struct jk_err *err)
{
	*s = (struct jk_stat){ .near_looked_for = near };
	return jk_dedup_init(&s->dedup, near, JK_SIMILAR_DEFAULT, err);
}

void
jk_stat_release(struct jk_stat *s)
{
	free(s->ratings.v);
	free(s->chars.v);
	free(s->words.v);
	jk_tally_release(&s->themes);
	if (!s->dedup_done)
		jk_dedup_release(&s->dedup);
	*s = (struct jk_stat){ .dedup_done = true };
}

int
jk_stat_add(struct jk_stat *s, const struct jk_joke *joke,
    struct jk_err *err)
{
	struct jk_textstat t = jk_textstat(joke->text, joke->text_len);
	uint64_t junk[JK_N_JUNKS] = { 0 };
	uint32_t index;
	int i;

	s->n_records++;
	s->n_bytes += joke->text_len;
	s->n_letters += t.n_letters;
	s->n_cyrillic += t.n_cyrillic;
	s->n_below_half += jk_textstat_cyrillic(&t) < 0.5;
	jk_junk_count(joke->text, joke->text_len, junk);
	for (i = 0; i < JK_N_JUNKS; i++) {
		s->junk[i] += junk[i];
		s->n_with_junk[i] += junk[i] > 0;
	}
	if (!joke->theme)
		s->n_without_theme++;
	else if (jk_tally_add(&s->themes, joke->theme, joke->theme_len,
	    &index, err) < 0)
		return -1;
	if (!isnan(joke->rating) &&
	    add_value(&s->ratings, joke->rating, err) < 0)
		return -1;
	if (add_value(&s->chars, (double)t.n_chars, err) < 0 ||
	    add_value(&s->words, (double)t.n_words, err) < 0)
		return -1;
	return jk_dedup_add(&s->dedup, joke->text, joke->text_len, &index,
	    err);
}

static void
sort_values(struct jk_values *a)
{
	if (a->n)
		qsort(a->v, a->n, sizeof *a->v, by_value);
}

int
jk_stat_finish(struct jk_stat *s, struct jk_err *err)
{
	uint32_t i;

	sort_values(&s->ratings);
	sort_values(&s->chars);
	sort_values(&s->words);
	jk_tally_sort(&s->themes);
	if (jk_dedup_cluster(&s->dedup, err) < 0)
		return -1;
	s->n_exact = s->n_records - s->dedup.n_texts;
	for (i = 0; i < s->dedup.n_texts; i++)
		s->n_near += s->dedup.texts[i].cluster != i;
	/* a second file needs the memory */
	jk_dedup_release(&s->dedup);
	s->dedup_done = true;
	return 0;
}

/* --- JSON */

/* A number, or null for one that is not. */
static json_t *
number(double x)
{
	if (isnan(x))
		return json_null();
	if (x == floor(x) && fabs(x) < 0x1p53)
		return json_integer((json_int_t)x);
	return json_real(x);
}

/* The edge number i: 0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, … */
static double
edge_at(int i)
{
	static const double digits[] = { 1, 1.5, 2, 3, 5, 7 };

	if (i < 0)
		return -edge_at(-i);
	i += i > 1;		/* 1.5 is none */
	return i == 0 ? 0 : digits[(i - 1) % 6] * pow(10, (i - 1) / 6);
}

/*
 * How many values are from each edge up to below the next one; of the same edges
 * for all files, so that they can be compared: the one at or below the smallest
 * value, up to the first one above the largest.
 */
static json_t *
histogram_json(const struct jk_values *a)
{
	enum { LAST = 6 * 18 };		/* 1e18 */
	json_t *edges = json_array(), *counts = json_array();
	int i = -LAST, r = 0;

	if (!a->n)
		i = LAST;
	while (i < LAST && edge_at(i + 1) <= a->v[0])
		i++;
	for (; i < LAST && edge_at(i) <= a->v[a->n - 1]; i++) {
		r |= json_array_append_new(edges, number(edge_at(i)));
		r |= json_array_append_new(counts, json_integer(
		    (json_int_t)jk_values_between(a, edge_at(i),
		    i + 1 < LAST ? edge_at(i + 1) : INFINITY)));
	}
	if (a->n)
		r |= json_array_append_new(edges, number(edge_at(i)));
	if (r < 0)
		jk_note_nomem();
	return json_pack("{so so}", "edges", edges, "counts", counts);
}

static json_t *
spread_json(const struct jk_values *a)
{
	struct jk_spread s = jk_values_spread(a);

	return json_pack("{sI so so so so so so so so}", "count",
	    (json_int_t)s.n, "min", number(s.min), "p5", number(s.p5),
	    "p25", number(s.p25), "p50", number(s.p50), "p75", number(s.p75),
	    "p95", number(s.p95), "max", number(s.max),
	    "mean", number(s.mean));
}

static json_t *
themes_json(const struct jk_tally *t)
{
	json_t *all = json_object();
	uint32_t i;

	for (i = 0; all && i < t->n_entries; i++)
		if (json_object_setn_new(all, t->entries[i].s,
		    t->entries[i].len,
		    json_integer((json_int_t)t->entries[i].count)) < 0) {
			json_decref(all);
			return NULL;
		}
	return all;
}

static json_t *
junk_json(const struct jk_stat *s)
{
	json_t *all = json_object();
	int i;

	for (i = 0; all && i < JK_N_JUNKS; i++)
		if (json_object_set_new(all, jk_junk_names[i].name,
		    json_pack("{sI sI}", "records",
		    (json_int_t)s->n_with_junk[i], "count",
		    (json_int_t)s->junk[i])) < 0) {
			json_decref(all);
			return NULL;
		}
	return all;
}

json_t *
jk_stat_json(const struct jk_stat *s, const char *name)
{
	double share = s->n_letters
	    ? (double)s->n_cyrillic / (double)s->n_letters : NAN;

	return json_pack("{so sI sI sI sI s{sI so} s{so sI} so so so so so s{so so so}}",
	    "file", jk_json_text(name), "records", (json_int_t)s->n_records,
	    "bad", (json_int_t)s->n_bad, "bytes", (json_int_t)s->n_bytes,
	    "without_theme", (json_int_t)s->n_without_theme,
	    "duplicates", "exact", (json_int_t)s->n_exact,
	    "near", s->near_looked_for
	    ? json_integer((json_int_t)s->n_near) : json_null(),
	    "cyrillic", "share", number(share),
	    "below_half", (json_int_t)s->n_below_half,
	    "rating", spread_json(&s->ratings),
	    "chars", spread_json(&s->chars),
	    "words", spread_json(&s->words),
	    "themes", themes_json(&s->themes), "junk", junk_json(s),
	    "histograms", "rating", histogram_json(&s->ratings),
	    "chars", histogram_json(&s->chars),
	    "words", histogram_json(&s->words));
}
