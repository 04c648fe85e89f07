#include "report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "record/record.h"
#include "report/records.h"

int
jk_comparison_init(struct jk_comparison *c, struct jk_err *err)
{
	*c = (struct jk_comparison){ .runs = json_object(),
		.groups = json_object(), .units = json_object(),
		.seeds = json_object() };
	return c->runs && c->groups && c->units && c->seeds ? 0 :
	    jk_fail_nomem(err);
}

void
jk_comparison_release(struct jk_comparison *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->v[i].measure);
		free(c->v[i].theme);
		free(c->v[i].of_run);
		free(c->v[i].difference);
	}
	free(c->v);
	free(c->cells);
	json_decref(c->runs);
	json_decref(c->groups);
	json_decref(c->units);
	json_decref(c->seeds);
	*c = (struct jk_comparison){ 0 };
}

const struct jk_measurement_kind *
jk_measurement_kind(const char *measure, size_t n)
{
	const struct jk_measurement_kind *k;

	for (k = jk_measurement_kinds; k->key; k++)
		if (strlen(k->key) == n && memcmp(k->key, measure, n) == 0)
			return k;
	return NULL;
}

/* --- reading */

/* Sums of such numbers, and of a sum over another one, are finite. */
#define LARGEST 1e100

/* The index of a name, a new one at the end. */
static int
intern(json_t *names, const char *name, uint32_t *index, struct jk_err *err)
{
	const json_t *v = json_object_get(names, name);
	const size_t n = json_object_size(names);

	if (v) {
		*index = (uint32_t)json_integer_value(v);
		return 0;
	}
	if (n > INT32_MAX || json_object_set_new(names, name,
	    json_integer((json_int_t)n)) < 0)
		return jk_fail_nomem(err);
	*index = (uint32_t)n;
	return 0;
}

static int
add_cell(struct jk_comparison *c, const char *measure, const char *theme,
    struct jk_comparison_cell cell, struct jk_err *err)
{
	struct jk_buf group = JK_BUF_INIT;
	void *p;
	int result;

	/* a measure has no line feed in it */
	jk_buf_printf(&group, theme ? "%s\n%s" : "%s", measure, theme);
	result = jk_buf_check(&group, err);
	if (result == 0)
		result = intern(c->groups, jk_buf_str(&group), &cell.group,
		    err);
	jk_buf_release(&group);
	if (result < 0)
		return -1;
	p = jk_report_grow(c->cells, c->n_cells, sizeof *c->cells);
	if (!p)
		return jk_fail_nomem(err);
	c->cells = p;
	c->cells[c->n_cells++] = cell;
	return 0;
}

static int
add_line(struct jk_comparison *c, const struct jk_record_reader *reader,
    const json_t *line, struct jk_err *err)
{
	static const char *const keys[] = { "run", "measure", "unit" };
	const json_t *sum = json_object_get(line, "sum");
	const json_t *count = json_object_get(line, "count");
	const json_t *seed = json_object_get(line, "seed");
	const char *words[3], *theme = jk_json_get_string(line, "theme");
	struct jk_comparison_cell cell = { .sum = json_number_value(sum),
		.count = json_number_value(count) };
	char number[24];
	size_t i;

	for (i = 0; i < 3; i++) {
		words[i] = jk_json_get_string(line, keys[i]);
		if (!words[i] || !*words[i] || (i < 2 && strchr(words[i],
		    '\n')))
			return jk_record_fail(reader, err, "%s: not a name",
			    keys[i]);
	}
	if (!json_is_number(sum) || !json_is_number(count) ||
	    !(fabs(cell.sum) <= LARGEST) || !(cell.count <= LARGEST) ||
	    !(cell.count >= 1 / LARGEST))
		return jk_record_fail(reader, err, "sum and count: not "
		    "numbers that make sense, or a count that is not above 0");
	if (seed && !json_is_integer(seed))
		return jk_record_fail(reader, err, "seed: not an integer");
	snprintf(number, sizeof number, "%lld",
	    (long long)json_integer_value(seed));
	if (intern(c->runs, words[0], &cell.run, err) < 0 ||
	    intern(c->units, words[2], &cell.unit, err) < 0 ||
	    intern(c->seeds, number, &cell.seed, err) < 0 ||
	    add_cell(c, words[1], NULL, cell, err) < 0)
		return -1;
	return theme && *theme ? add_cell(c, words[1], theme, cell, err) : 0;
}

int
jk_comparison_read(struct jk_comparison *c, const char *path,
    struct jk_err *err)
{
	struct jk_record_reader reader;
	json_t *line;
	int result;

	if (jk_record_open(&reader, path, NULL, err) < 0)
		return -1;
	reader.wants = JK_KIND_MEASUREMENTS;
	reader.wanted = JK_MSG("measurements are wanted, which jk-report "
	    "--format=jsonl writes");
	while ((result = jk_record_read(&reader, &line, err)) > 0) {
		result = add_line(c, &reader, line, err);
		json_decref(line);
		if (result < 0)
			break;
	}
	if (result == 0 && !reader.first_line)
		result = jk_fail(err, JK_EDATA, "%s: no record; %s",
		    reader.in.name, jk_tr(reader.wanted));
	jk_record_close(&reader);
	return result;
}

/* --- intervals */

/* A unit in a seed, of one run or of two. */
struct pair {
	uint32_t unit, seed;
	double sum[2], count[2];
};

static double
ratio(const double sum[2], const double count[2], bool two)
{
	return sum[0] / count[0] - (two ? sum[1] / count[1] : 0);
}

/* How often each of n is drawn in n draws. */
static void
draw(uint32_t *times, size_t n, uint32_t resample, uint32_t of)
{
	struct jk_philox r = { { 0 } };
	size_t i;

	memset(times, 0, n * sizeof *times);
	for (i = 0; i < n; i++) {
		if (i % 4 == 0)
			r = jk_random(0, JK_STREAM_BOOTSTRAP,
			    (uint32_t)(i / 4), resample, of, 0);
		times[(uint64_t)r.v[i % 4] * n >> 32]++;
	}
}

static int
ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* From what the resamples gave, which are sorted. */
static void
read_interval(struct jk_interval *out, const double *v, size_t n)
{
	const size_t tail = n / 40;	/* 2.5 % */
	size_t below = 0, above = 0, i, least;
	double p;

	for (i = 0; i < n; i++) {
		below += v[i] <= 0;
		above += v[i] >= 0;
	}
	least = below < above ? below : above;
	p = 2 * (double)(least + 1) / (double)(n + 1);
	out->low = v[tail];
	out->high = v[n - 1 - tail];
	out->p = p < 1 ? p : 1;
}

/* Units and seeds are numbered from 0; `times` has room for both. */
static void
resample(struct jk_interval *out, const struct pair *v, size_t n, bool two,
    uint32_t *times, double *results)
{
	uint32_t *unit = times, *seed = times + out->n_units;
	size_t i, n_results = 0;
	uint32_t k;

	for (k = 0; k < JK_RESAMPLES; k++) {
		double sum[2] = { 0 }, count[2] = { 0 }, w;

		draw(unit, out->n_units, k, 0);
		draw(seed, out->n_seeds, k, 1);
		for (i = 0; i < n; i++) {
			w = (double)unit[v[i].unit] * seed[v[i].seed];
			sum[0] += w * v[i].sum[0];
			sum[1] += w * v[i].sum[1];
			count[0] += w * v[i].count[0];
			count[1] += w * v[i].count[1];
		}
		/* no pair at all where a seed lacks all units drawn */
		if (count[0] > 0)
			results[n_results++] = ratio(sum, count, two);
	}
	qsort(results, n_results, sizeof *results, ascending);
	if (n_results)
		read_interval(out, results, n_results);
}

/* Number what stands in the pairs from 0; they are in the order of units. */
static size_t
number_units(struct pair *v, size_t n)
{
	size_t i, k = 0;
	uint32_t last = 0;

	for (i = 0; i < n; i++) {
		if (i > 0 && v[i].unit != last)
			k++;
		last = v[i].unit;
		v[i].unit = (uint32_t)k;
	}
	return n ? k + 1 : 0;
}

static size_t
number_seeds(struct pair *v, size_t n, uint32_t *number, size_t n_all)
{
	size_t i, k = 0;

	memset(number, 0, n_all * sizeof *number);
	for (i = 0; i < n; i++) {
		if (!number[v[i].seed])
			number[v[i].seed] = (uint32_t)++k;
		v[i].seed = number[v[i].seed] - 1;
	}
	return k;
}

static const struct jk_interval nothing = { (double)NAN, (double)NAN,
	(double)NAN, (double)NAN, 0, 0 };

/* The interval of a run's value, or of the difference in pairs; v is changed. */
static int
find_interval(struct jk_interval *out, struct pair *v, size_t n, bool two,
    size_t n_seeds, struct jk_err *err)
{
	double sum[2] = { 0 }, count[2] = { 0 };
	double *results = malloc(JK_RESAMPLES * sizeof *results);
	uint32_t *times = calloc(n + n_seeds, sizeof *times);
	size_t i, k;

	*out = nothing;
	if (!results || !times) {
		free(results);
		free(times);
		return jk_fail_nomem(err);
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < 2; k++) {
			sum[k] += v[i].sum[k];
			count[k] += v[i].count[k];
		}
	out->n_units = number_units(v, n);
	out->n_seeds = number_seeds(v, n, times, n_seeds);
	out->value = ratio(sum, count, two);
	if (out->n_units > 1)
		resample(out, v, n, two, times, results);
	free(results);
	free(times);
	return 0;
}

static int
in_order(const void *a, const void *b)
{
	const struct jk_comparison_cell *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	return (x->seed > y->seed) - (x->seed < y->seed);
}

static bool
is_before(const struct jk_comparison_cell *a, const struct jk_comparison_cell *b)
{
	return a->unit != b->unit ? a->unit < b->unit : a->seed < b->seed;
}

/* Where the cells are that a run has in a group. */
struct cells {
	const struct jk_comparison_cell *v;
	size_t n;
};

/* The cells of a, or with b's those of both; pairs have room for a's. */
static size_t
make_pairs(struct pair *pairs, struct cells a, struct cells b, bool two)
{
	size_t i, k = 0, n = 0;

	for (i = 0; i < a.n; i++) {
		struct pair p = { a.v[i].unit, a.v[i].seed,
			{ a.v[i].sum, 0 }, { a.v[i].count, 0 } };

		while (two && k < b.n && is_before(&b.v[k], &a.v[i]))
			k++;
		if (two && (k == b.n || is_before(&a.v[i], &b.v[k])))
			continue;
		if (two) {
			p.sum[1] = b.v[k].sum;
			p.count[1] = b.v[k].count;
		}
		pairs[n++] = p;
	}
	return n;
}

/* The intervals of a run in a group, and of the difference to the first. */
static int
compare_run(struct jk_comparison *c, struct jk_comparison_group *g, size_t run,
    struct cells own, struct cells first, struct jk_err *err)
{
	struct pair *pairs = malloc((own.n + 1) * sizeof *pairs);
	const size_t n_seeds = json_object_size(c->seeds);
	size_t n;
	int result;

	if (!pairs)
		return jk_fail_nomem(err);
	n = make_pairs(pairs, own, first, false);
	result = find_interval(&g->of_run[run], pairs, n, false, n_seeds, err);
	if (result == 0 && run > 0) {
		n = make_pairs(pairs, own, first, true);
		if (n > 0)
			result = find_interval(&g->difference[run], pairs, n,
			    true, n_seeds, err);
	}
	free(pairs);
	return result;
}

static int
name_groups(struct jk_comparison *c, struct jk_err *err)
{
	struct jk_comparison_group *g;
	const char *name, *theme;
	json_t *index;
	size_t i;

	c->n_runs = json_object_size(c->runs);
	c->v = calloc(json_object_size(c->groups) + 1, sizeof *c->v);
	if (!c->v)
		return jk_fail_nomem(err);
	json_object_foreach(c->groups, name, index) {
		theme = strchr(name, '\n');
		g = &c->v[c->n++];
		g->measure = theme ? strndup(name, (size_t)(theme - name)) :
		    strdup(name);
		g->theme = theme ? strdup(theme + 1) : NULL;
		g->of_run = calloc(c->n_runs, sizeof *g->of_run);
		g->difference = calloc(c->n_runs, sizeof *g->difference);
		if (!g->measure || (theme && !g->theme) || !g->of_run ||
		    !g->difference)
			return jk_fail_nomem(err);
		for (i = 0; i < c->n_runs; i++)
			g->of_run[i] = g->difference[i] = nothing;
	}
	return 0;
}

static const char *
name_of(const json_t *names, uint32_t index)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)names, name, v)
		if (json_integer_value(v) == (json_int_t)index)
			return name;
	return "";
}

static int
check_once(const struct jk_comparison *c, struct jk_err *err)
{
	size_t i;

	for (i = 1; i < c->n_cells; i++)
		if (in_order(&c->cells[i - 1], &c->cells[i]) == 0)
			return jk_fail(err, JK_EDATA, "run %s has %s of \"%s\" "
			    "twice with seed %s: name each run's files once",
			    name_of(c->runs, c->cells[i].run),
			    c->v[c->cells[i].group].measure,
			    name_of(c->units, c->cells[i].unit),
			    name_of(c->seeds, c->cells[i].seed));
	return 0;
}

int
jk_compare(struct jk_comparison *c, struct jk_err *err)
{
	struct cells own, first = { NULL, 0 };
	size_t i, end;

	if (name_groups(c, err) < 0)
		return -1;
	qsort(c->cells, c->n_cells, sizeof *c->cells, in_order);
	if (check_once(c, err) < 0)
		return -1;
	for (i = 0; i < c->n_cells; i = end) {
		const struct jk_comparison_cell *at = &c->cells[i];

		for (end = i; end < c->n_cells &&
		    c->cells[end].group == at->group &&
		    c->cells[end].run == at->run; end++)
			;
		own = (struct cells){ at, end - i };
		if (at->run == 0)
			first = own;
		else if (i > 0 && c->cells[i - 1].group != at->group)
			first.n = 0;	/* the first run has none of it */
		if (compare_run(c, &c->v[at->group], at->run, own, first,
		    err) < 0)
			return -1;
	}
	return 0;
}

int
jk_comparison_wins(const struct jk_comparison *c, size_t run)
{
	const struct jk_measurement_kind *k;
	int must = 0, have = 0, wins = 1;
	size_t i;

	for (k = jk_measurement_kinds; k->key; k++)
		must += k->role == JK_MUST_IMPROVE;
	for (i = 0; i < c->n; i++) {
		const struct jk_interval *d = &c->v[i].difference[run];
		double low = d->low, high = d->high;

		k = jk_measurement_kind(c->v[i].measure,
		    strlen(c->v[i].measure));
		if (!k || c->v[i].theme || isnan(d->value))
			continue;
		if (k->better == JK_BETTER_LOWER) {
			low = -d->high;
			high = -d->low;
		}
		have += k->role == JK_MUST_IMPROVE;
		if ((k->role == JK_MUST_IMPROVE && !(low > 0)) ||
		    (k->role == JK_MUST_HOLD && !(high >= 0)))
			wins = 0;
	}
	return have < must ? -1 : wins;
}
