/* Filters on sequences. */

#include <string.h>

#include "jinja/call.h"

#define FILTER(name) static struct jk_value \
	name(struct jk_jinja_run *run, struct jk_value v, const struct jk_value *a, \
	    const struct jk_jinja_args *args)
#define UNUSED ((void)run, (void)v, (void)a, (void)args)

static bool
given(struct jk_value value)
{
	return value.type != JK_VALUE_ABSENT && value.type != JK_VALUE_NONE;
}

/*
 * Follow a path "a.b.0" of attributes and items from v, as Jinja's
 * make_attrgetter does; `other` stands in for what is undefined.
 */
static struct jk_value
follow(struct jk_jinja_run *run, struct jk_value value, struct jk_value path,
    struct jk_value other)
{
	const struct jk_str *str;
	struct jk_value key;
	size_t at, end, i;

	if (path.type != JK_VALUE_STR)
		return given(path) ? jk_value_item(run, value, path) : value;
	str = path.str;
	for (at = 0; at <= str->n; at = end + 1) {
		int64_t number = 0;
		bool digits;

		for (end = at; end < str->n && str->s[end] != '.'; end++)
			;
		digits = end > at;
		for (i = at; i < end; i++) {
			digits &= str->s[i] >= '0' && str->s[i] <= '9';
			if (digits && number < 1000000000)
				number = number * 10 + (str->s[i] - '0');
		}
		key = digits ? jk_value_int(number) :
		    jk_str_substr(run, str, at, end);
		value = jk_value_item(run, value, key);
		if (value.type == JK_VALUE_UNDEFINED && given(other))
			value = other;
	}
	return value;
}

static struct jk_value
ignore_case(struct jk_jinja_run *run, struct jk_value value,
    bool case_sensitive)
{
	return value.type == JK_VALUE_STR && !case_sensitive ?
	    jk_str_to_case(run, value.str, JK_CASE_LOWER) : value;
}

FILTER(first)
{
	struct jk_seq *seq;

	UNUSED;
	if (jk_value_is_seq(v, JK_SEQ_ITERATOR))
		return v.seq->at < v.seq->n ? v.seq->v[v.seq->at++] :
		    jk_value_undefined(run,
		    "No first item, sequence was empty.");
	seq = jk_value_iterate(run, v);
	return seq->n ? seq->v[0] :
	    jk_value_undefined(run, "No first item, sequence was empty.");
}

FILTER(last)
{
	struct jk_seq *seq;

	UNUSED;
	if (jk_value_is_seq(v, JK_SEQ_ITERATOR))
		jk_jinja_fail(run, "'generator' object is not reversible");
	seq = jk_value_iterate(run, v);
	return seq->n ? seq->v[seq->n - 1] :
	    jk_value_undefined(run, "No last item, sequence was empty.");
}

FILTER(join)
{
	struct jk_seq *items = jk_value_iterate(run, v);
	struct jk_value by = a[0].type == JK_VALUE_ABSENT ? jk_value_text(run,
	    "", 0) : jk_value_string(run, a[0]);
	struct jk_strbuf buf = { 0 };
	size_t i;

	UNUSED;
	for (i = 0; i < items->n; i++) {
		if (i)
			jk_strbuf_add_str(run, &buf, by.str);
		jk_strbuf_add_string(run, &buf, follow(run, items->v[i], a[1],
		    JK_NONE));
	}
	return jk_strbuf_take(run, &buf);
}

static struct jk_seq *
copy(struct jk_jinja_run *run, struct jk_value value, enum jk_seq_kind kind)
{
	struct jk_seq *items = jk_value_iterate(run, value);
	struct jk_seq *seq = jk_seq_new(run, kind, items->n);
	size_t i;

	for (i = 0; i < items->n; i++)
		jk_seq_add(run, seq, items->v[i]);
	return seq;
}

FILTER(list)
{
	UNUSED;
	return jk_value_seq(copy(run, v, JK_SEQ_LIST));
}

FILTER(items)
{
	struct jk_value view;

	UNUSED;
	if (v.type == JK_VALUE_UNDEFINED)
		return jk_value_seq(jk_seq_new(run, JK_SEQ_ITERATOR, 0));
	if (v.type != JK_VALUE_DICT)
		jk_jinja_fail(run, "Can only get item pairs from a mapping.");
	view = jk_dict_view(run, v.dict, JK_SEQ_ITEMS);
	view.seq->kind = JK_SEQ_ITERATOR;
	return view;
}

/* The arguments behind the first n. */
static struct jk_jinja_args
rest(const struct jk_jinja_args *args, size_t n)
{
	struct jk_jinja_args r = *args;

	r.v += n;
	r.n -= n;
	return r;
}

FILTER(map)
{
	static const char params[] = "attribute default";
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0), *all;
	struct jk_value b[2] = { JK_ABSENT, JK_ABSENT }, item;
	struct jk_jinja_args more = { 0 };
	const struct jk_str *name = NULL;
	bool attribute = false;
	size_t i;

	UNUSED;
	if (!jk_value_is_true(v))
		return jk_value_seq(out);
	for (i = 0; i < args->n_named; i++)
		attribute |= strcmp(args->names[i], "attribute") == 0;
	if (!args->n && attribute) {
		jk_jinja_args_bind(run, "map", params, 1, args, b);
	} else {
		if (!args->n)
			jk_jinja_fail(run, "map requires a filter argument");
		name = jk_value_as_str(run, args->v[0], "map's filter");
		more = rest(args, 1);
	}
	all = jk_value_iterate(run, v);
	for (i = 0; i < all->n; i++) {
		item = name ? jk_jinja_apply_filter(run, name, all->v[i],
		    &more) : follow(run, all->v[i], b[0], b[1]);
		jk_seq_add(run, out, item);
	}
	return jk_value_seq(out);
}

/* select, reject, selectattr, rejectattr */
static struct jk_value
choose(struct jk_jinja_run *run, struct jk_value value,
    const struct jk_jinja_args *args, bool attribute, bool want)
{
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0), *all;
	struct jk_jinja_args more = *args;
	struct jk_value path = JK_NONE, item;
	const struct jk_str *test = NULL;
	bool chosen;
	size_t i;

	if (!jk_value_is_true(value))
		return jk_value_seq(out);
	if (attribute) {
		if (!more.n)
			jk_jinja_fail(run,
			    "Missing parameter for attribute name");
		path = more.v[0];
		more = rest(&more, 1);
	}
	if (more.n) {
		test = jk_value_as_str(run, more.v[0], "the test");
		more = rest(&more, 1);
	}
	all = jk_value_iterate(run, value);
	for (i = 0; i < all->n; i++) {
		item = follow(run, all->v[i], path, JK_NONE);
		chosen = test ? jk_jinja_apply_test(run, test, item, &more) :
		    jk_value_is_true(item);
		if (chosen == want)
			jk_seq_add(run, out, all->v[i]);
	}
	return jk_value_seq(out);
}

FILTER(choose_items)
{
	UNUSED;
	return choose(run, v, args, false, true);
}

FILTER(reject_items)
{
	UNUSED;
	return choose(run, v, args, false, false);
}

FILTER(choose_by)
{
	UNUSED;
	return choose(run, v, args, true, true);
}

FILTER(reject_by)
{
	UNUSED;
	return choose(run, v, args, true, false);
}

FILTER(sort)
{
	struct jk_seq *seq = copy(run, v, JK_SEQ_LIST);
	struct jk_seq *keys = jk_seq_new(run, JK_SEQ_LIST, seq->n), *key;
	bool case_sensitive = jk_value_is_true(a[1]);
	size_t i, at, end;

	UNUSED;
	for (i = 0; i < seq->n; i++) {
		key = jk_seq_new(run, JK_SEQ_LIST, 1);
		if (a[2].type != JK_VALUE_STR) {
			jk_seq_add(run, key, ignore_case(run, follow(run,
			    seq->v[i], a[2], JK_NONE), case_sensitive));
		} else for (at = 0; at <= a[2].str->n; at = end + 1) {
			/* "a,b": by a, then by b */
			for (end = at; end < a[2].str->n &&
			    a[2].str->s[end] != ','; end++)
				;
			jk_seq_add(run, key, ignore_case(run, follow(run,
			    seq->v[i], jk_str_substr(run, a[2].str, at, end),
			    JK_NONE), case_sensitive));
		}
		jk_seq_add(run, keys, jk_value_seq(key));
	}
	jk_seq_sort(run, seq, keys, jk_value_is_true(a[0]));
	return jk_value_seq(seq);
}

FILTER(dictsort)
{
	struct jk_seq *seq, *keys = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t i, at = 0;

	UNUSED;
	if (v.type != JK_VALUE_DICT)
		jk_jinja_fail(run, "'%s object' has no attribute 'items'",
		    jk_value_type_name(v));
	if (a[1].type != JK_VALUE_ABSENT) {
		const struct jk_str *by = jk_value_as_str(run, a[1], "by");

		if (!jk_str_equals(by, "key") && !jk_str_equals(by, "value"))
			jk_jinja_fail(run,
			    "You can only sort by either \"key\" or \"value\"");
		at = jk_str_equals(by, "value");
	}
	seq = copy(run, jk_dict_view(run, v.dict, JK_SEQ_ITEMS), JK_SEQ_LIST);
	for (i = 0; i < seq->n; i++)
		jk_seq_add(run, keys, ignore_case(run, seq->v[i].seq->v[at],
		    jk_value_is_true(a[0])));
	jk_seq_sort(run, seq, keys, jk_value_is_true(a[2]));
	return jk_value_seq(seq);
}

FILTER(unique)
{
	struct jk_seq *all = jk_value_iterate(run, v);
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0);
	struct jk_dict *seen = jk_dict_new(run, 0);
	size_t i, n;

	UNUSED;
	for (i = 0; i < all->n; i++) {
		n = seen->n;
		jk_dict_set(run, seen, ignore_case(run, follow(run, all->v[i],
		    a[1], JK_NONE), jk_value_is_true(a[0])), JK_NONE);
		if (seen->n > n)
			jk_seq_add(run, out, all->v[i]);
	}
	return jk_value_seq(out);
}

FILTER(reverse)
{
	struct jk_seq *all, *out;
	size_t i;

	UNUSED;
	if (v.type == JK_VALUE_STR)
		return jk_value_slice(run, v, JK_NONE, JK_NONE,
		    jk_value_int(-1));
	/* Python's reversed() of a list is an iterator, of others a list */
	out = jk_seq_new(run, jk_value_is_seq(v, JK_SEQ_ITERATOR) ?
	    JK_SEQ_LIST : JK_SEQ_ITERATOR, 0);
	all = jk_value_iterate(run, v);
	for (i = all->n; i-- > 0;)
		jk_seq_add(run, out, all->v[i]);
	return jk_value_seq(out);
}

static struct jk_value
extreme(struct jk_jinja_run *run, struct jk_value value,
    const struct jk_value *a, bool largest)
{
	struct jk_seq *all = jk_value_iterate(run, value);
	struct jk_value best = JK_ABSENT, best_key = JK_ABSENT, key;
	size_t i;

	for (i = 0; i < all->n; i++) {
		key = ignore_case(run, follow(run, all->v[i], a[1], JK_NONE),
		    jk_value_is_true(a[0]));
		if (i == 0 || (largest ? jk_value_less(run, best_key, key) :
		    jk_value_less(run, key, best_key))) {
			best = all->v[i];
			best_key = key;
		}
	}
	return best.type != JK_VALUE_ABSENT ? best : jk_value_undefined(run,
	    "No aggregated item, sequence was empty.");
}

FILTER(min)
{
	UNUSED;
	return extreme(run, v, a, false);
}

FILTER(max)
{
	UNUSED;
	return extreme(run, v, a, true);
}

FILTER(sum)
{
	struct jk_seq *all = jk_value_iterate(run, v);
	struct jk_value total = a[1].type == JK_VALUE_ABSENT ? jk_value_int(0) :
	    a[1];
	size_t i;

	UNUSED;
	if (total.type == JK_VALUE_STR)
		jk_jinja_fail(run, "sum() can't sum strings");
	for (i = 0; i < all->n; i++) {
		struct jk_value item = follow(run, all->v[i], a[0], JK_NONE);

		/* how Python adds floats depends on its version */
		if (item.type == JK_VALUE_FLOAT && all->n > 1)
			jk_jinja_fail(run, "sum of floats is not supported");
		total = jk_value_arithmetic(run, '+', total, item);
	}
	return total;
}

FILTER(batch)
{
	struct jk_seq *all = jk_value_iterate(run, v), *row = NULL;
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0);
	int64_t n = jk_value_as_int(run, a[0], "linecount");
	size_t i;

	UNUSED;
	if (n < 1)
		jk_jinja_fail(run,
		    "batch: a line count below 1 is not supported");
	for (i = 0; i < all->n; i++) {
		if (!row || (int64_t)row->n == n) {
			row = jk_seq_new(run, JK_SEQ_LIST, 0);
			jk_seq_add(run, out, jk_value_seq(row));
		}
		jk_seq_add(run, row, all->v[i]);
	}
	while (row && given(a[1]) && (int64_t)row->n < n)
		jk_seq_add(run, row, a[1]);
	return jk_value_seq(out);
}

const struct jk_jinja_filter jk_jinja_seq_filters[] = {
	{ "batch", batch, "linecount fill_with", 1 },
	{ "dictsort", dictsort, "case_sensitive by reverse", 0 },
	{ "first", first, "", 0 },
	{ "items", items, "", 0 },
	{ "join", join, "d attribute", 0 },
	{ "last", last, "", 0 },
	{ "list", list, "", 0 },
	{ "map", map, NULL, 0 },
	{ "max", max, "case_sensitive attribute", 0 },
	{ "min", min, "case_sensitive attribute", 0 },
	{ "reject", reject_items, NULL, 0 },
	{ "rejectattr", reject_by, NULL, 0 },
	{ "reverse", reverse, "", 0 },
	{ "select", choose_items, NULL, 0 },
	{ "selectattr", choose_by, NULL, 0 },
	{ "sort", sort, "reverse case_sensitive attribute", 0 },
	{ "sum", sum, "attribute start", 0 },
	{ "unique", unique, "case_sensitive attribute", 0 },
	{ 0 }
};
