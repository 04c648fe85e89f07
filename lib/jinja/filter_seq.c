/* Filters on sequences. */

#include <string.h>

#include "jinja/filter_seq.h"
#include "jinja/arithmetic.h"
#include "jinja/case.h"
#include "jinja/compare.h"
#include "jinja/container.h"
#include "jinja/filter.h"
#include "jinja/member.h"
#include "jinja/print.h"
#include "jinja/slice.h"
#include "jinja/sort.h"
#include "jinja/str.h"
#include "jinja/tests.h"

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
		return jk_value_is_given(path) ? jk_value_item(run, value,
		    path) : value;
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
		if (value.type == JK_VALUE_UNDEFINED &&
		    jk_value_is_given(other))
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

static struct jk_value
first(const struct jk_jinja_call *call)
{
	struct jk_value value = call->self;
	struct jk_seq *seq = jk_value_is_seq(value, JK_SEQ_ITERATOR) ?
	    value.seq : jk_value_iterate(call->run, value);

	if (seq->at == seq->n)
		return jk_value_undefined(call->run, "No first item, sequence "
		    "was empty.");
	return seq->v[seq->kind == JK_SEQ_ITERATOR ? seq->at++ : 0];
}

static struct jk_value
last(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *seq;

	if (jk_value_is_seq(call->self, JK_SEQ_ITERATOR))
		jk_jinja_fail(run, "'generator' object is not reversible");
	seq = jk_value_iterate(run, call->self);
	return seq->n ? seq->v[seq->n - 1] :
	    jk_value_undefined(run, "No last item, sequence was empty.");
}

static struct jk_value
join(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *items = jk_value_iterate(run, call->self);
	struct jk_value by = call->arg[0].type == JK_VALUE_ABSENT ?
	    jk_value_text(run, "", 0) : jk_value_string(run, call->arg[0]);
	struct jk_strbuf buf = { 0 };
	size_t i;

	for (i = 0; i < items->n; i++) {
		if (i)
			jk_strbuf_add_str(run, &buf, by.str);
		jk_strbuf_add_string(run, &buf, follow(run, items->v[i],
		    call->arg[1], JK_NONE));
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

static struct jk_value
list(const struct jk_jinja_call *call)
{
	return jk_value_seq(copy(call->run, call->self, JK_SEQ_LIST));
}

static struct jk_value
items(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_value view;

	if (call->self.type == JK_VALUE_UNDEFINED)
		return jk_value_seq(jk_seq_new(run, JK_SEQ_ITERATOR, 0));
	if (call->self.type != JK_VALUE_DICT)
		jk_jinja_fail(run, "Can only get item pairs from a mapping.");
	view = jk_dict_view(run, call->self.dict, JK_SEQ_ITEMS);
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

static struct jk_value
map(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0), *all;
	struct jk_value by[2] = { JK_ABSENT, JK_ABSENT }, item;
	struct jk_jinja_args more = { 0 };
	const struct jk_str *name = NULL;
	bool attribute = false;
	size_t i;

	if (!jk_value_is_true(call->self))
		return jk_value_seq(out);
	for (i = 0; i < call->args->n_named; i++)
		attribute |= strcmp(call->args->names[i], "attribute") == 0;
	if (!call->args->n && attribute) {
		jk_jinja_args_bind(run, "map", "attribute default", 1,
		    call->args, by);
	} else {
		if (!call->args->n)
			jk_jinja_fail(run, "map requires a filter argument");
		name = jk_value_as_str(run, call->args->v[0], "map's filter");
		more = rest(call->args, 1);
	}
	all = jk_value_iterate(run, call->self);
	for (i = 0; i < all->n; i++) {
		item = name ? jk_jinja_apply_filter(run, name, all->v[i],
		    &more) : follow(run, all->v[i], by[0], by[1]);
		jk_seq_add(run, out, item);
	}
	return jk_value_seq(out);
}

/*
 * The items that pass a test, which the arguments name (none: those that are
 * true); with `attribute`, an attribute of theirs, the first argument.  What
 * fails it instead, where `want` is false.
 */
static struct jk_value
choose(const struct jk_jinja_call *call, bool attribute, bool want)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0), *all;
	struct jk_jinja_args more = *call->args;
	struct jk_value path = JK_NONE, item;
	const struct jk_str *test = NULL;
	bool chosen;
	size_t i;

	if (!jk_value_is_true(call->self))
		return jk_value_seq(out);
	if (attribute) {
		if (!more.n)
			jk_jinja_fail(run, "Missing parameter for attribute "
			    "name");
		path = more.v[0];
		more = rest(&more, 1);
	}
	if (more.n) {
		test = jk_value_as_str(run, more.v[0], "the test");
		more = rest(&more, 1);
	}
	all = jk_value_iterate(run, call->self);
	for (i = 0; i < all->n; i++) {
		item = follow(run, all->v[i], path, JK_NONE);
		chosen = test ? jk_jinja_apply_test(run, test, item, &more) :
		    jk_value_is_true(item);
		if (chosen == want)
			jk_seq_add(run, out, all->v[i]);
	}
	return jk_value_seq(out);
}

static struct jk_value
select_items(const struct jk_jinja_call *call)
{
	return choose(call, false, true);
}

static struct jk_value
reject(const struct jk_jinja_call *call)
{
	return choose(call, false, false);
}

static struct jk_value
selectattr(const struct jk_jinja_call *call)
{
	return choose(call, true, true);
}

static struct jk_value
rejectattr(const struct jk_jinja_call *call)
{
	return choose(call, true, false);
}

/* The key that an item is sorted by: by "a,b" first its a, then its b. */
static struct jk_value
sort_key(struct jk_jinja_run *run, struct jk_value item,
    struct jk_value attribute, bool case_sensitive)
{
	struct jk_seq *key = jk_seq_new(run, JK_SEQ_LIST, 1);
	const struct jk_str *names;
	size_t at, end;

	if (attribute.type != JK_VALUE_STR) {
		jk_seq_add(run, key, ignore_case(run, follow(run, item,
		    attribute, JK_NONE), case_sensitive));
		return jk_value_seq(key);
	}
	names = attribute.str;
	for (at = 0; at <= names->n; at = end + 1) {
		for (end = at; end < names->n && names->s[end] != ','; end++)
			;
		jk_seq_add(run, key, ignore_case(run, follow(run, item,
		    jk_str_substr(run, names, at, end), JK_NONE),
		    case_sensitive));
	}
	return jk_value_seq(key);
}

static struct jk_value
sort(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	bool case_sensitive = jk_value_is_true(call->arg[1]);
	struct jk_seq *seq = copy(run, call->self, JK_SEQ_LIST);
	struct jk_seq *keys = jk_seq_new(run, JK_SEQ_LIST, seq->n);
	size_t i;

	for (i = 0; i < seq->n; i++)
		jk_seq_add(run, keys, sort_key(run, seq->v[i], call->arg[2],
		    case_sensitive));
	jk_seq_sort(run, seq, keys, jk_value_is_true(call->arg[0]));
	return jk_value_seq(seq);
}

static struct jk_value
dictsort(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *seq, *keys = jk_seq_new(run, JK_SEQ_LIST, 0);
	size_t i, at = 0;

	if (call->self.type != JK_VALUE_DICT)
		jk_jinja_fail(run, "'%s object' has no attribute 'items'",
		    jk_value_type_name(call->self));
	if (call->arg[1].type != JK_VALUE_ABSENT) {
		const struct jk_str *by = jk_value_as_str(run, call->arg[1],
		    "by");

		if (!jk_str_equals(by, "key") && !jk_str_equals(by, "value"))
			jk_jinja_fail(run,
			    "You can only sort by either \"key\" or \"value\"");
		at = jk_str_equals(by, "value");
	}
	seq = copy(run, jk_dict_view(run, call->self.dict, JK_SEQ_ITEMS),
	    JK_SEQ_LIST);
	for (i = 0; i < seq->n; i++)
		jk_seq_add(run, keys, ignore_case(run, seq->v[i].seq->v[at],
		    jk_value_is_true(call->arg[0])));
	jk_seq_sort(run, seq, keys, jk_value_is_true(call->arg[2]));
	return jk_value_seq(seq);
}

static struct jk_value
unique(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *all = jk_value_iterate(run, call->self);
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0);
	struct jk_dict *seen = jk_dict_new(run, 0);
	size_t i, n;

	for (i = 0; i < all->n; i++) {
		n = seen->n;
		jk_dict_set(run, seen, ignore_case(run, follow(run, all->v[i],
		    call->arg[1], JK_NONE), jk_value_is_true(call->arg[0])),
		    JK_NONE);
		if (seen->n > n)
			jk_seq_add(run, out, all->v[i]);
	}
	return jk_value_seq(out);
}

static struct jk_value
reverse(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *all, *out;
	size_t i;

	if (call->self.type == JK_VALUE_STR)
		return jk_value_slice(run, call->self, JK_NONE, JK_NONE,
		    jk_value_int(-1));
	/* Python's reversed() of a list is an iterator, of others a list */
	out = jk_seq_new(run, jk_value_is_seq(call->self, JK_SEQ_ITERATOR) ?
	    JK_SEQ_LIST : JK_SEQ_ITERATOR, 0);
	all = jk_value_iterate(run, call->self);
	for (i = all->n; i-- > 0;)
		jk_seq_add(run, out, all->v[i]);
	return jk_value_seq(out);
}

static struct jk_value
extreme(const struct jk_jinja_call *call, bool largest)
{
	struct jk_jinja_run *run = call->run;
	bool case_sensitive = jk_value_is_true(call->arg[0]);
	struct jk_seq *all = jk_value_iterate(run, call->self);
	struct jk_value best = JK_ABSENT, best_key = JK_ABSENT, key;
	size_t i;

	for (i = 0; i < all->n; i++) {
		key = ignore_case(run, follow(run, all->v[i], call->arg[1],
		    JK_NONE), case_sensitive);
		if (i == 0 || (largest ?
		    jk_value_compare(run, best_key, JK_JINJA_LT, key) :
		    jk_value_compare(run, key, JK_JINJA_LT, best_key))) {
			best = all->v[i];
			best_key = key;
		}
	}
	return best.type != JK_VALUE_ABSENT ? best : jk_value_undefined(run,
	    "No aggregated item, sequence was empty.");
}

static struct jk_value
min(const struct jk_jinja_call *call)
{
	return extreme(call, false);
}

static struct jk_value
max(const struct jk_jinja_call *call)
{
	return extreme(call, true);
}

static struct jk_value
sum(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *all = jk_value_iterate(run, call->self);
	struct jk_value total = jk_value_or(call->arg[1], jk_value_int(0));
	size_t i;

	if (total.type == JK_VALUE_STR)
		jk_jinja_fail(run, "sum() can't sum strings");
	for (i = 0; i < all->n; i++) {
		struct jk_value item = follow(run, all->v[i], call->arg[0],
		    JK_NONE);

		/* how Python adds floats depends on its version */
		if (item.type == JK_VALUE_FLOAT && all->n > 1)
			jk_jinja_fail(run, "sum of floats is not supported");
		total = jk_value_arithmetic(run, total, JK_JINJA_ADD, item);
	}
	return total;
}

static struct jk_value
batch(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *all = jk_value_iterate(run, call->self), *row = NULL;
	struct jk_seq *out = jk_seq_new(run, JK_SEQ_ITERATOR, 0);
	int64_t n = jk_value_as_int(run, call->arg[0], "linecount");
	size_t i;

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
	while (row && jk_value_is_given(call->arg[1]) && (int64_t)row->n < n)
		jk_seq_add(run, row, call->arg[1]);
	return jk_value_seq(out);
}

const struct jk_jinja_builtin jk_jinja_seq_filters[] = {
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
	{ "reject", reject, NULL, 0 },
	{ "rejectattr", rejectattr, NULL, 0 },
	{ "reverse", reverse, "", 0 },
	{ "select", select_items, NULL, 0 },
	{ "selectattr", selectattr, NULL, 0 },
	{ "sort", sort, "reverse case_sensitive attribute", 0 },
	{ "sum", sum, "attribute start", 0 },
	{ "unique", unique, "case_sensitive attribute", 0 },
	{ 0 }
};
