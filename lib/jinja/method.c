/* Methods of dict and list; finding a method by its name. */

#include <string.h>

#include "jinja/call.h"

#define METHOD(name) static struct jk_value \
	name(struct jk_jinja_run *run, struct jk_value self, const struct jk_value *a, \
	    const struct jk_jinja_args *args)
#define UNUSED ((void)run, (void)self, (void)a, (void)args)

METHOD(dict_items)
{
	UNUSED;
	return jk_dict_view(run, self.dict, JK_SEQ_ITEMS);
}

METHOD(dict_keys)
{
	UNUSED;
	return jk_dict_view(run, self.dict, JK_SEQ_KEYS);
}

METHOD(dict_values)
{
	UNUSED;
	return jk_dict_view(run, self.dict, JK_SEQ_VALUES);
}

METHOD(dict_get)
{
	struct jk_value value;

	UNUSED;
	if (!jk_value_is_hashable(a[0]))
		jk_jinja_fail(run, "unhashable type: '%s'",
		    jk_value_type_name(a[0]));
	value = jk_dict_get(run, self.dict, a[0]);
	if (value.type != JK_VALUE_ABSENT)
		return value;
	return a[1].type == JK_VALUE_ABSENT ? JK_NONE : a[1];
}

METHOD(same)
{
	UNUSED;
	return self;
}

METHOD(seq_count)
{
	int64_t n = 0;
	size_t i;

	UNUSED;
	for (i = 0; i < self.seq->n; i++)
		n += jk_value_equal(run, self.seq->v[i], a[0]);
	return jk_value_int(n);
}

METHOD(seq_index)
{
	size_t i;

	UNUSED;
	for (i = 0; i < self.seq->n; i++) {
		if (jk_value_equal(run, self.seq->v[i], a[0]))
			return jk_value_int((int64_t)i);
	}
	jk_jinja_fail(run, "the value is not in the list");
}

static const struct jk_jinja_method DICT_METHODS[] = {
	{ .name = "items", .call = dict_items, .params = "" },
	{ .name = "keys", .call = dict_keys, .params = "" },
	{ .name = "values", .call = dict_values, .params = "" },
	{ .name = "get", .call = dict_get, .params = "key default",
	    .required = 1 },
	{ .name = "copy", .call = same, .params = "" },
	{ 0 }
};

static const struct jk_jinja_method JK_SEQ_METHODS[] = {
	{ .name = "count", .call = seq_count, .params = "value",
	    .required = 1 },
	{ .name = "index", .call = seq_index, .params = "value",
	    .required = 1 },
	{ .name = "copy", .call = same, .params = "" },
	{ 0 }
};

static bool
is_one_of(const struct jk_str *name, const char *const *names)
{
	for (; *names; names++) {
		if (jk_str_equals(name, *names))
			return true;
	}
	return false;
}

/* What Python has and this interpreter lacks, or the sandbox forbids. */
static struct jk_value
no_method(struct jk_jinja_run *run, struct jk_value self,
    const struct jk_str *name)
{
	static const char *const str_lacks[] = { "casefold", "encode",
	    "expandtabs", "format_map", "isascii", "isidentifier",
	    "isnumeric", "isprintable", "istitle", "maketrans", "translate",
	    "zfill", NULL };
	static const char *const seq_lacks[] = { "mapping", "isdisjoint",
	    "count", "index", "start", "stop", "step", "send", "throw",
	    "close", "gi_frame", "gi_running", "gi_code", "gi_yieldfrom",
	    "gi_suspended", NULL };
	static const char *const dict_forbids[] = { "clear", "pop",
	    "popitem", "setdefault", "update", NULL };
	static const char *const list_forbids[] = { "append", "clear", "pop",
	    "reverse", "insert", "sort", "extend", "remove", NULL };
	bool list = jk_value_is_seq(self, JK_SEQ_LIST),
	    tuple = jk_value_is_seq(self, JK_SEQ_TUPLE);

	if ((self.type == JK_VALUE_DICT && is_one_of(name, dict_forbids)) ||
	    (list && is_one_of(name, list_forbids)))
		return jk_value_undefined(run,
		    "access to attribute '%s' of '%s' object is unsafe.",
		    name->s, jk_value_type_name(self));
	if ((self.type == JK_VALUE_STR && is_one_of(name, str_lacks)) ||
	    (self.type == JK_VALUE_DICT && jk_str_equals(name, "fromkeys")) ||
	    (self.type == JK_VALUE_SEQ && !list && !tuple &&
	    is_one_of(name, seq_lacks)))
		jk_jinja_fail(run, "the method '%s' of '%s' is not supported",
		    name->s, jk_value_type_name(self));
	return JK_ABSENT;
}

struct jk_value
jk_value_method(struct jk_jinja_run *run, struct jk_value self,
    const struct jk_str *name)
{
	const struct jk_jinja_method *m = jk_jinja_str_methods;
	struct jk_jinja_method *bound;
	bool markup = self.type == JK_VALUE_STR && self.str->markup,
	    own = false;

	if (self.type == JK_VALUE_DICT)
		m = DICT_METHODS;
	else if (jk_value_is_seq(self, JK_SEQ_LIST) || jk_value_is_seq(self,
	    JK_SEQ_TUPLE))
		m = JK_SEQ_METHODS;
	else if (self.type != JK_VALUE_STR)
		return no_method(run, self, name);
	for (; m->name; m++) {
		own |= strcmp(m->name, "split") == 0;
		if (!jk_str_equals(name, m->name))
			continue;
		if (jk_value_is_seq(self, JK_SEQ_TUPLE) && m->call == same)
			continue;
		if (markup && own)
			jk_jinja_fail(run,
			    "the method '%s' of a safe string is not "
			    "supported", m->name);
		bound = jk_jinja_alloc(run, sizeof *bound);
		*bound = *m;
		bound->self = self;
		return (struct jk_value){ .type = JK_VALUE_METHOD,
		    .method = bound };
	}
	return no_method(run, self, name);
}
