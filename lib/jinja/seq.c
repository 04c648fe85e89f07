/* Filters on sequences. */

#include <string.h>

#include "jinja/call.h"

#define FILTER(name) static struct jk_jv \
	name(struct jk_ji *j, struct jk_jv v, const struct jk_jv *a, \
	    const struct jk_jargs *args)
#define UNUSED ((void)j, (void)v, (void)a, (void)args)

static bool
given(struct jk_jv v)
{
	return v.type != JV_ABSENT && v.type != JV_NONE;
}

/*
 * Follow a path "a.b.0" of attributes and items from v, as Jinja's
 * make_attrgetter does; `other` stands in for what is undefined.
 */
static struct jk_jv
follow(struct jk_ji *j, struct jk_jv v, struct jk_jv path, struct jk_jv other)
{
	const struct jk_jstr *s;
	struct jk_jv key;
	size_t at, end, i;

	if (path.type != JV_STR)
		return given(path) ? jk_ji_item(j, v, path) : v;
	s = path.str;
	for (at = 0; at <= s->n; at = end + 1) {
		int64_t number = 0;
		bool digits;

		for (end = at; end < s->n && s->s[end] != '.'; end++)
			;
		digits = end > at;
		for (i = at; i < end; i++) {
			digits &= s->s[i] >= '0' && s->s[i] <= '9';
			if (digits && number < 1000000000)
				number = number * 10 + (s->s[i] - '0');
		}
		key = digits ? jk_jv_int(number) :
		    jk_jv_substr(j, s, at, end);
		v = jk_ji_item(j, v, key);
		if (v.type == JV_UNDEFINED && given(other))
			v = other;
	}
	return v;
}

static struct jk_jv
ignore_case(struct jk_ji *j, struct jk_jv v, bool case_sensitive)
{
	return v.type == JV_STR && !case_sensitive ?
	    jk_jstr_case(j, v.str, CASE_LOWER) : v;
}

FILTER(first)
{
	struct jk_jseq *s;

	UNUSED;
	if (jk_jv_is(v, SEQ_ITERATOR))
		return v.seq->at < v.seq->n ? v.seq->v[v.seq->at++] :
		    jk_jv_undefined(j, "No first item, sequence was empty.");
	s = jk_jv_iterate(j, v);
	return s->n ? s->v[0] :
	    jk_jv_undefined(j, "No first item, sequence was empty.");
}

FILTER(last)
{
	struct jk_jseq *s;

	UNUSED;
	if (jk_jv_is(v, SEQ_ITERATOR))
		jk_ji_fail(j, "'generator' object is not reversible");
	s = jk_jv_iterate(j, v);
	return s->n ? s->v[s->n - 1] :
	    jk_jv_undefined(j, "No last item, sequence was empty.");
}

FILTER(join)
{
	struct jk_jseq *items = jk_jv_iterate(j, v);
	struct jk_jv by = a[0].type == JV_ABSENT ? jk_jv_text(j, "", 0) :
	    jk_jv_string(j, a[0]);
	struct jk_jbuf b = { 0 };
	size_t i;

	UNUSED;
	for (i = 0; i < items->n; i++) {
		if (i)
			jk_jbuf_str(j, &b, by.str);
		jk_jv_add_string(j, &b, follow(j, items->v[i], a[1],
		    JV_NIL));
	}
	return jk_jbuf_take(j, &b);
}

static struct jk_jseq *
copy(struct jk_ji *j, struct jk_jv v, enum jk_jseq_kind kind)
{
	struct jk_jseq *items = jk_jv_iterate(j, v);
	struct jk_jseq *s = jk_jseq_new(j, kind, items->n);
	size_t i;

	for (i = 0; i < items->n; i++)
		jk_jseq_add(j, s, items->v[i]);
	return s;
}

FILTER(list)
{
	UNUSED;
	return jk_jv_seq(copy(j, v, SEQ_LIST));
}

FILTER(items)
{
	struct jk_jv view;

	UNUSED;
	if (v.type == JV_UNDEFINED)
		return jk_jv_seq(jk_jseq_new(j, SEQ_ITERATOR, 0));
	if (v.type != JV_DICT)
		jk_ji_fail(j, "Can only get item pairs from a mapping.");
	view = jk_jv_view(j, v.dict, SEQ_ITEMS);
	view.seq->kind = SEQ_ITERATOR;
	return view;
}

/* The arguments behind the first n. */
static struct jk_jargs
rest(const struct jk_jargs *args, size_t n)
{
	struct jk_jargs r = *args;

	r.v += n;
	r.n -= n;
	return r;
}

FILTER(map)
{
	static const char params[] = "attribute default";
	struct jk_jseq *out = jk_jseq_new(j, SEQ_ITERATOR, 0), *all;
	struct jk_jv b[2] = { JV_NO_VALUE, JV_NO_VALUE }, item;
	struct jk_jargs more = { 0 };
	const struct jk_jstr *name = NULL;
	bool attribute = false;
	size_t i;

	UNUSED;
	if (!jk_jv_truth(v))
		return jk_jv_seq(out);
	for (i = 0; i < args->n_named; i++)
		attribute |= strcmp(args->names[i], "attribute") == 0;
	if (!args->n && attribute) {
		jk_ji_bind(j, "map", params, 1, args, b);
	} else {
		if (!args->n)
			jk_ji_fail(j, "map requires a filter argument");
		name = jk_ji_str(j, args->v[0], "map's filter");
		more = rest(args, 1);
	}
	all = jk_jv_iterate(j, v);
	for (i = 0; i < all->n; i++) {
		item = name ? jk_ji_filter(j, name, all->v[i], &more) :
		    follow(j, all->v[i], b[0], b[1]);
		jk_jseq_add(j, out, item);
	}
	return jk_jv_seq(out);
}

/* select, reject, selectattr, rejectattr */
static struct jk_jv
choose(struct jk_ji *j, struct jk_jv v, const struct jk_jargs *args,
    bool attribute, bool want)
{
	struct jk_jseq *out = jk_jseq_new(j, SEQ_ITERATOR, 0), *all;
	struct jk_jargs more = *args;
	struct jk_jv path = JV_NIL, item;
	const struct jk_jstr *test = NULL;
	bool chosen;
	size_t i;

	if (!jk_jv_truth(v))
		return jk_jv_seq(out);
	if (attribute) {
		if (!more.n)
			jk_ji_fail(j, "Missing parameter for attribute name");
		path = more.v[0];
		more = rest(&more, 1);
	}
	if (more.n) {
		test = jk_ji_str(j, more.v[0], "the test");
		more = rest(&more, 1);
	}
	all = jk_jv_iterate(j, v);
	for (i = 0; i < all->n; i++) {
		item = follow(j, all->v[i], path, JV_NIL);
		chosen = test ? jk_ji_test(j, test, item, &more) :
		    jk_jv_truth(item);
		if (chosen == want)
			jk_jseq_add(j, out, all->v[i]);
	}
	return jk_jv_seq(out);
}

FILTER(choose_items)
{
	UNUSED;
	return choose(j, v, args, false, true);
}

FILTER(reject_items)
{
	UNUSED;
	return choose(j, v, args, false, false);
}

FILTER(choose_by)
{
	UNUSED;
	return choose(j, v, args, true, true);
}

FILTER(reject_by)
{
	UNUSED;
	return choose(j, v, args, true, false);
}

FILTER(sort)
{
	struct jk_jseq *s = copy(j, v, SEQ_LIST);
	struct jk_jseq *keys = jk_jseq_new(j, SEQ_LIST, s->n), *key;
	bool case_sensitive = jk_jv_truth(a[1]);
	size_t i, at, end;

	UNUSED;
	for (i = 0; i < s->n; i++) {
		key = jk_jseq_new(j, SEQ_LIST, 1);
		if (a[2].type != JV_STR) {
			jk_jseq_add(j, key, ignore_case(j, follow(j, s->v[i],
			    a[2], JV_NIL), case_sensitive));
		} else for (at = 0; at <= a[2].str->n; at = end + 1) {
			/* "a,b": by a, then by b */
			for (end = at; end < a[2].str->n &&
			    a[2].str->s[end] != ','; end++)
				;
			jk_jseq_add(j, key, ignore_case(j, follow(j, s->v[i],
			    jk_jv_substr(j, a[2].str, at, end), JV_NIL),
			    case_sensitive));
		}
		jk_jseq_add(j, keys, jk_jv_seq(key));
	}
	jk_jv_sort(j, s, keys, jk_jv_truth(a[0]));
	return jk_jv_seq(s);
}

FILTER(dictsort)
{
	struct jk_jseq *s, *keys = jk_jseq_new(j, SEQ_LIST, 0);
	size_t i, at = 0;

	UNUSED;
	if (v.type != JV_DICT)
		jk_ji_fail(j, "'%s object' has no attribute 'items'",
		    jk_jv_type_name(v));
	if (a[1].type != JV_ABSENT) {
		const struct jk_jstr *by = jk_ji_str(j, a[1], "by");

		if (!jk_jstr_equal(by, "key") && !jk_jstr_equal(by, "value"))
			jk_ji_fail(j, "You can only sort by either \"key\" or "
			    "\"value\"");
		at = jk_jstr_equal(by, "value");
	}
	s = copy(j, jk_jv_view(j, v.dict, SEQ_ITEMS), SEQ_LIST);
	for (i = 0; i < s->n; i++)
		jk_jseq_add(j, keys, ignore_case(j, s->v[i].seq->v[at],
		    jk_jv_truth(a[0])));
	jk_jv_sort(j, s, keys, jk_jv_truth(a[2]));
	return jk_jv_seq(s);
}

FILTER(unique)
{
	struct jk_jseq *all = jk_jv_iterate(j, v);
	struct jk_jseq *out = jk_jseq_new(j, SEQ_ITERATOR, 0);
	struct jk_jdict *seen = jk_jdict_new(j, 0);
	size_t i, n;

	UNUSED;
	for (i = 0; i < all->n; i++) {
		n = seen->n;
		jk_jdict_set(j, seen, ignore_case(j, follow(j, all->v[i],
		    a[1], JV_NIL), jk_jv_truth(a[0])), JV_NIL);
		if (seen->n > n)
			jk_jseq_add(j, out, all->v[i]);
	}
	return jk_jv_seq(out);
}

FILTER(reverse)
{
	struct jk_jseq *all, *out;
	size_t i;

	UNUSED;
	if (v.type == JV_STR)
		return jk_ji_slice(j, v, JV_NIL, JV_NIL, jk_jv_int(-1));
	/* Python's reversed() of a list is an iterator, of others a list */
	out = jk_jseq_new(j, jk_jv_is(v, SEQ_ITERATOR) ? SEQ_LIST :
	    SEQ_ITERATOR, 0);
	all = jk_jv_iterate(j, v);
	for (i = all->n; i-- > 0;)
		jk_jseq_add(j, out, all->v[i]);
	return jk_jv_seq(out);
}

static struct jk_jv
extreme(struct jk_ji *j, struct jk_jv v, const struct jk_jv *a, bool largest)
{
	struct jk_jseq *all = jk_jv_iterate(j, v);
	struct jk_jv best = JV_NO_VALUE, best_key = JV_NO_VALUE, key;
	size_t i;

	for (i = 0; i < all->n; i++) {
		key = ignore_case(j, follow(j, all->v[i], a[1], JV_NIL),
		    jk_jv_truth(a[0]));
		if (i == 0 || (largest ? jk_jv_less(j, best_key, key) :
		    jk_jv_less(j, key, best_key))) {
			best = all->v[i];
			best_key = key;
		}
	}
	return best.type != JV_ABSENT ? best : jk_jv_undefined(j,
	    "No aggregated item, sequence was empty.");
}

FILTER(min)
{
	UNUSED;
	return extreme(j, v, a, false);
}

FILTER(max)
{
	UNUSED;
	return extreme(j, v, a, true);
}

FILTER(sum)
{
	struct jk_jseq *all = jk_jv_iterate(j, v);
	struct jk_jv total = a[1].type == JV_ABSENT ? jk_jv_int(0) : a[1];
	size_t i;

	UNUSED;
	if (total.type == JV_STR)
		jk_ji_fail(j, "sum() can't sum strings");
	for (i = 0; i < all->n; i++) {
		struct jk_jv item = follow(j, all->v[i], a[0], JV_NIL);

		/* how Python adds floats depends on its version */
		if (item.type == JV_FLOAT && all->n > 1)
			jk_ji_fail(j, "sum of floats is not supported");
		total = jk_ji_binary(j, '+', total, item);
	}
	return total;
}

FILTER(batch)
{
	struct jk_jseq *all = jk_jv_iterate(j, v), *row = NULL;
	struct jk_jseq *out = jk_jseq_new(j, SEQ_ITERATOR, 0);
	int64_t n = jk_ji_int(j, a[0], "linecount");
	size_t i;

	UNUSED;
	if (n < 1)
		jk_ji_fail(j, "batch: a line count below 1 is not supported");
	for (i = 0; i < all->n; i++) {
		if (!row || (int64_t)row->n == n) {
			row = jk_jseq_new(j, SEQ_LIST, 0);
			jk_jseq_add(j, out, jk_jv_seq(row));
		}
		jk_jseq_add(j, row, all->v[i]);
	}
	while (row && given(a[1]) && (int64_t)row->n < n)
		jk_jseq_add(j, row, a[1]);
	return jk_jv_seq(out);
}

const struct jk_jfilter jk_jinja_seq_filters[] = {
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
