/* Methods of dict and list; finding a method by its name. */

#include <string.h>

#include "jinja/call.h"

#define METHOD(name) static struct jk_jv \
	name(struct jk_ji *j, struct jk_jv self, const struct jk_jv *a, \
	    const struct jk_jargs *args)
#define UNUSED ((void)j, (void)self, (void)a, (void)args)

METHOD(dict_items)
{
	UNUSED;
	return jk_jv_view(j, self.dict, SEQ_ITEMS);
}

METHOD(dict_keys)
{
	UNUSED;
	return jk_jv_view(j, self.dict, SEQ_KEYS);
}

METHOD(dict_values)
{
	UNUSED;
	return jk_jv_view(j, self.dict, SEQ_VALUES);
}

METHOD(dict_get)
{
	struct jk_jv v;

	UNUSED;
	if (!jk_jv_hashable(a[0]))
		jk_ji_fail(j, "unhashable type: '%s'", jk_jv_type_name(a[0]));
	v = jk_jdict_get(j, self.dict, a[0]);
	if (v.type != JV_ABSENT)
		return v;
	return a[1].type == JV_ABSENT ? JV_NIL : a[1];
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
		n += jk_jv_equal(j, self.seq->v[i], a[0]);
	return jk_jv_int(n);
}

METHOD(seq_index)
{
	size_t i;

	UNUSED;
	for (i = 0; i < self.seq->n; i++) {
		if (jk_jv_equal(j, self.seq->v[i], a[0]))
			return jk_jv_int((int64_t)i);
	}
	jk_ji_fail(j, "the value is not in the list");
}

static const struct jk_jmethod DICT_METHODS[] = {
	{ .name = "items", .call = dict_items, .params = "" },
	{ .name = "keys", .call = dict_keys, .params = "" },
	{ .name = "values", .call = dict_values, .params = "" },
	{ .name = "get", .call = dict_get, .params = "key default",
	    .required = 1 },
	{ .name = "copy", .call = same, .params = "" },
	{ 0 }
};

static const struct jk_jmethod SEQ_METHODS[] = {
	{ .name = "count", .call = seq_count, .params = "value",
	    .required = 1 },
	{ .name = "index", .call = seq_index, .params = "value",
	    .required = 1 },
	{ .name = "copy", .call = same, .params = "" },
	{ 0 }
};

static bool
is_one_of(const struct jk_jstr *name, const char *const *names)
{
	for (; *names; names++) {
		if (jk_jstr_equal(name, *names))
			return true;
	}
	return false;
}

/* What Python has and this interpreter lacks, or the sandbox forbids. */
static struct jk_jv
no_method(struct jk_ji *j, struct jk_jv self, const struct jk_jstr *name)
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
	bool list = jk_jv_is(self, SEQ_LIST), tuple = jk_jv_is(self,
	    SEQ_TUPLE);

	if ((self.type == JV_DICT && is_one_of(name, dict_forbids)) ||
	    (list && is_one_of(name, list_forbids)))
		return jk_jv_undefined(j, "access to attribute '%s' of '%s' "
		    "object is unsafe.", name->s, jk_jv_type_name(self));
	if ((self.type == JV_STR && is_one_of(name, str_lacks)) ||
	    (self.type == JV_DICT && jk_jstr_equal(name, "fromkeys")) ||
	    (self.type == JV_SEQ && !list && !tuple &&
	    is_one_of(name, seq_lacks)))
		jk_ji_fail(j, "the method '%s' of '%s' is not supported",
		    name->s, jk_jv_type_name(self));
	return JV_NO_VALUE;
}

struct jk_jv
jk_ji_method(struct jk_ji *j, struct jk_jv self, const struct jk_jstr *name)
{
	const struct jk_jmethod *m = jk_jinja_str_methods;
	struct jk_jmethod *bound;
	bool markup = self.type == JV_STR && self.str->markup, own = false;

	if (self.type == JV_DICT)
		m = DICT_METHODS;
	else if (jk_jv_is(self, SEQ_LIST) || jk_jv_is(self, SEQ_TUPLE))
		m = SEQ_METHODS;
	else if (self.type != JV_STR)
		return no_method(j, self, name);
	for (; m->name; m++) {
		own |= strcmp(m->name, "split") == 0;
		if (!jk_jstr_equal(name, m->name))
			continue;
		if (jk_jv_is(self, SEQ_TUPLE) && m->call == same)
			continue;
		if (markup && own)
			jk_ji_fail(j, "the method '%s' of a safe string is "
			    "not supported", m->name);
		bound = jk_ji_alloc(j, sizeof *bound);
		*bound = *m;
		bound->self = self;
		return (struct jk_jv){ .type = JV_METHOD, .method = bound };
	}
	return no_method(j, self, name);
}
