/* Methods of dict and list; finding a method by its name. */

#include "jinja/method.h"
#include "jinja/compare.h"
#include "jinja/container.h"
#include "jinja/str.h"
#include "jinja/strmethod.h"

static struct jk_value
dict_items(const struct jk_jinja_call *call)
{
	return jk_dict_view(call->run, call->self.dict, JK_SEQ_ITEMS);
}

static struct jk_value
dict_keys(const struct jk_jinja_call *call)
{
	return jk_dict_view(call->run, call->self.dict, JK_SEQ_KEYS);
}

static struct jk_value
dict_values(const struct jk_jinja_call *call)
{
	return jk_dict_view(call->run, call->self.dict, JK_SEQ_VALUES);
}

static struct jk_value
dict_get(const struct jk_jinja_call *call)
{
	struct jk_value value;

	if (!jk_value_is_hashable(call->arg[0]))
		jk_jinja_fail(call->run, "unhashable type: '%s'",
		    jk_value_type_name(call->arg[0]));
	value = jk_dict_get(call->run, call->self.dict, call->arg[0]);
	if (value.type != JK_VALUE_ABSENT)
		return value;
	return jk_value_or(call->arg[1], JK_NONE);
}

static struct jk_value
same(const struct jk_jinja_call *call)
{
	return call->self;
}

static struct jk_value
seq_count(const struct jk_jinja_call *call)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; i < call->self.seq->n; i++)
		n += jk_value_equal(call->run, call->self.seq->v[i],
		    call->arg[0]);
	return jk_value_int(n);
}

static struct jk_value
seq_index(const struct jk_jinja_call *call)
{
	size_t i;

	for (i = 0; i < call->self.seq->n; i++) {
		if (jk_value_equal(call->run, call->self.seq->v[i],
		    call->arg[0]))
			return jk_value_int((int64_t)i);
	}
	jk_jinja_fail(call->run, "the value is not in the list");
}

static const struct jk_jinja_builtin DICT_METHODS[] = {
	{ "items", dict_items, "", 0 },
	{ "keys", dict_keys, "", 0 },
	{ "values", dict_values, "", 0 },
	{ "get", dict_get, "key default", 1 },
	{ "copy", same, "", 0 },
	{ 0 }
};

static const struct jk_jinja_builtin LIST_METHODS[] = {
	{ "count", seq_count, "value", 1 },
	{ "index", seq_index, "value", 1 },
	{ "copy", same, "", 0 },
	{ 0 }
};

static const struct jk_jinja_builtin TUPLE_METHODS[] = {
	{ "count", seq_count, "value", 1 },
	{ "index", seq_index, "value", 1 },
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
		    "access to attribute '%.*s' of '%s' object is unsafe.",
		    JK_STR_SHOWN(name), jk_value_type_name(self));
	if ((self.type == JK_VALUE_STR && is_one_of(name, str_lacks)) ||
	    (self.type == JK_VALUE_DICT && jk_str_equals(name, "fromkeys")) ||
	    (self.type == JK_VALUE_SEQ && !list && !tuple &&
	    is_one_of(name, seq_lacks)))
		jk_jinja_fail(run, "the method '%.*s' of '%s' is not supported",
		    JK_STR_SHOWN(name), jk_value_type_name(self));
	return JK_ABSENT;
}

static const struct jk_jinja_builtin *
find(const struct jk_jinja_builtin *table, const struct jk_str *name)
{
	for (; table->name; table++) {
		if (jk_str_equals(name, table->name))
			return table;
	}
	return NULL;
}

/* Markup treats some methods in ways of its own, which are refused. */
static const struct jk_jinja_builtin *
find_of_str(struct jk_jinja_run *run, const struct jk_str *self,
    const struct jk_str *name)
{
	const struct jk_jinja_builtin *method = find(jk_jinja_str_methods,
	    name);

	if (method)
		return method;
	method = find(jk_jinja_plain_str_methods, name);
	if (method && self->markup)
		jk_jinja_fail(run, "the method '%s' of a safe string is not "
		    "supported", method->name);
	return method;
}

struct jk_value
jk_value_method(struct jk_jinja_run *run, struct jk_value self,
    const struct jk_str *name)
{
	const struct jk_jinja_builtin *method = NULL;

	if (self.type == JK_VALUE_STR)
		method = find_of_str(run, self.str, name);
	else if (self.type == JK_VALUE_DICT)
		method = find(DICT_METHODS, name);
	else if (jk_value_is_seq(self, JK_SEQ_LIST))
		method = find(LIST_METHODS, name);
	else if (jk_value_is_seq(self, JK_SEQ_TUPLE))
		method = find(TUPLE_METHODS, name);
	if (!method)
		return no_method(run, self, name);
	return jk_value_callable(run, JK_VALUE_METHOD,
	    (struct jk_jinja_callable){ .builtin = method, .self = self });
}
