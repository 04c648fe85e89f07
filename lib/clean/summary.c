#include "clean/summary.h"

#include <string.h>

int
jk_summary_init(struct jk_summary *s, struct jk_err *err)
{
	*s = (struct jk_summary){ 0 };
	s->unmapped = json_object();
	s->files = json_array();
	s->examples = json_array();
	if (!s->unmapped || !s->files || !s->examples) {
		jk_summary_release(s);
		return jk_fail_nomem(err);
	}
	return 0;
}

void
jk_summary_release(struct jk_summary *s)
{
	json_decref(s->unmapped);
	json_decref(s->files);
	json_decref(s->examples);
	*s = (struct jk_summary){ 0 };
}

int
jk_summary_file(struct jk_summary *s, const struct jk_input *in,
    const struct jk_range_sums *bytes, const struct jk_last_lines *last_lines,
    struct jk_err *err)
{
	json_t *file = jk_input_describe(in), *lines = json_array();
	unsigned i;
	int r = 0;

	for (i = 0; lines && i < last_lines->n && r == 0; i++)
		r = json_array_append_new(lines, json_stringn(
		    jk_buf_str(&last_lines->lines[i]),
		    last_lines->lines[i].len));
	if (r == 0)
		r = json_object_set_new(file, "bytes",
		    jk_range_sums_json(bytes));
	if (last_lines->n && r == 0)
		r = json_object_set(file, "last_lines", lines);
	json_decref(lines);
	if (r == 0)
		return json_array_append_new(s->files, file) < 0
		    ? jk_fail_nomem(err) : 0;
	json_decref(file);
	return jk_fail_nomem(err);
}

void
jk_summary_add(struct jk_summary *s, const struct jk_row_counts *counts)
{
	struct jk_row_counts *c = &s->counts;
	size_t i;

	c->records += counts->records;
	c->extra_parts += counts->extra_parts;
	c->split_rows += counts->split_rows;
	c->changed += counts->changed;
	c->empty += counts->empty;
	c->bad_ratings += counts->bad_ratings;
	for (i = 0; i <= JK_THEME_UNMAPPED; i++)
		c->themes[i] += counts->themes[i];
	c->ruled += counts->ruled;
}

/* One record of that slug. */
static int
add_unmapped(struct jk_summary *s, const char *slug, struct jk_err *err)
{
	json_t *count = json_object_get(s->unmapped, slug);

	if (count) {
		json_integer_set(count, json_integer_value(count) + 1);
		return 0;
	}
	if (json_object_size(s->unmapped) >= JK_MOST_UNMAPPED)
		return 0;
	if (json_object_set_new(s->unmapped, slug, json_integer(1)) < 0)
		return jk_fail_nomem(err);
	return 0;
}

int
jk_summary_unmapped(struct jk_summary *s, const struct jk_buf *slugs,
    struct jk_err *err)
{
	size_t at;

	for (at = 0; at < slugs->len; at += strlen(slugs->data + at) + 1)
		if (add_unmapped(s, slugs->data + at, err) < 0)
			return -1;
	return 0;
}

static uint32_t
repairs_of(const json_t *example)
{
	const json_t *name, *names = json_object_get(example, "repairs");
	uint32_t bits = 0;
	size_t i;

	for (i = 0; (name = json_array_get(names, i)); i++)
		bits |= 1u << jk_repair_of_name(json_string_value(name),
		    json_string_length(name));
	return bits;
}

int
jk_summary_examples(struct jk_summary *s, const struct jk_buf *lines,
    struct jk_err *err)
{
	const char *at = jk_buf_str(lines), *end;
	json_t *example;
	uint32_t repairs;

	for (; (end = strchr(at, '\n')); at = end + 1) {
		if (json_array_size(s->examples) == JK_MOST_EXAMPLES) {
			s->shown = JK_ALL_REPAIRS;
			return 0;
		}
		example = jk_json_parse(at, (size_t)(end - at), err);
		if (!example)
			return -1;
		repairs = repairs_of(example);
		if (!(repairs & ~s->shown)) {
			json_decref(example);
			continue;
		}
		s->shown |= repairs;
		if (json_array_append_new(s->examples, example) < 0)
			return jk_fail_nomem(err);
	}
	return 0;
}

void
jk_summary_top_unmapped(const struct jk_summary *s, struct jk_buf *out)
{
	enum { SHOWN = 5 };
	const char *top[SHOWN] = { NULL }, *slug;
	json_int_t counts[SHOWN] = { 0 };
	json_t *count;
	size_t i, k;

	json_object_foreach(s->unmapped, slug, count) {
		json_int_t n = json_integer_value(count);

		for (i = 0; i < SHOWN && counts[i] >= n; i++)
			;
		if (i == SHOWN)
			continue;
		for (k = SHOWN - 1; k > i; k--) {
			top[k] = top[k - 1];
			counts[k] = counts[k - 1];
		}
		top[i] = slug;
		counts[i] = n;
	}
	for (i = 0; i < SHOWN && top[i]; i++)
		jk_buf_printf(out, "%s%s (%lld)", i ? ", " : "", top[i],
		    (long long)counts[i]);
}

json_t *
jk_summary_json(const struct jk_summary *s, const struct jk_cleaner *cleaner)
{
	const struct jk_row_counts *c = &s->counts;
	json_t *repairs = json_object(), *all;
	int r;

	for (r = 0; repairs && r < JK_N_REPAIRS; r++) {
		json_t *one;

		if (!(cleaner->enabled >> r & 1))
			continue;
		one = json_pack("{s:I, s:I}",
		    "rows", (json_int_t)cleaner->texts[r],
		    "changes", (json_int_t)cleaner->changes[r]);
		if (json_object_set_new(repairs,
		    jk_repair_names[r].name, one) < 0) {
			json_decref(repairs);
			return NULL;
		}
	}
	all = json_pack("{s:I, s:I, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:o,"
	    " s:{s:I, s:I, s:I, s:I, s:I, s:O}, s:I, s:O, s:O}",
	    "rows", (json_int_t)s->rows,
	    "records", (json_int_t)c->records,
	    "dropped",
	    "empty", (json_int_t)c->empty,
	    "bad", (json_int_t)s->bad,
	    "split",
	    "rows", (json_int_t)c->split_rows,
	    "extra_records", (json_int_t)c->extra_parts,
	    "rows_changed", (json_int_t)c->changed,
	    "repairs", repairs,
	    "themes",
	    "mapped", (json_int_t)c->themes[JK_THEME_MAPPED],
	    "as_given", (json_int_t)c->themes[JK_THEME_PHRASE],
	    "none", (json_int_t)c->themes[JK_THEME_NONE],
	    "unmapped", (json_int_t)c->themes[JK_THEME_UNMAPPED],
	    "by_rule", (json_int_t)c->ruled,
	    "unmapped_slugs", s->unmapped,
	    "bad_ratings", (json_int_t)c->bad_ratings,
	    "files", s->files, "examples", s->examples);
	return all;
}
