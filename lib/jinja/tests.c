/* Tests: what stands behind `is`. */

#include <string.h>

#include "jinja/call.h"

#define TEST(name) static bool \
	name(struct jk_jinja_run *run, struct jk_value v, struct jk_value a)
#define UNUSED ((void)run, (void)v, (void)a)

TEST(defined)
{
	UNUSED;
	return v.type != JK_VALUE_UNDEFINED;
}

TEST(undefined)
{
	UNUSED;
	return v.type == JK_VALUE_UNDEFINED;
}

TEST(none)
{
	UNUSED;
	return v.type == JK_VALUE_NONE;
}

TEST(boolean)
{
	UNUSED;
	return v.type == JK_VALUE_BOOL;
}

TEST(is_true)
{
	UNUSED;
	return v.type == JK_VALUE_BOOL && v.boolean;
}

TEST(is_false)
{
	UNUSED;
	return v.type == JK_VALUE_BOOL && !v.boolean;
}

TEST(integer)
{
	UNUSED;
	return v.type == JK_VALUE_INT;
}

TEST(real)
{
	UNUSED;
	return v.type == JK_VALUE_FLOAT;
}

TEST(number)
{
	UNUSED;
	return jk_value_is_number(v);
}

TEST(string)
{
	UNUSED;
	return v.type == JK_VALUE_STR;
}

TEST(mapping)
{
	UNUSED;
	return v.type == JK_VALUE_DICT;
}

TEST(iterable)
{
	UNUSED;
	return v.type == JK_VALUE_UNDEFINED || v.type == JK_VALUE_STR ||
	    v.type == JK_VALUE_SEQ || v.type == JK_VALUE_DICT || v.type ==
	    JK_VALUE_LOOP;
}

TEST(sequence)
{
	UNUSED;
	return v.type == JK_VALUE_UNDEFINED || v.type == JK_VALUE_STR ||
	    v.type == JK_VALUE_DICT ||
	    (v.type == JK_VALUE_SEQ && v.seq->kind <= JK_SEQ_RANGE);
}

TEST(callable)
{
	UNUSED;
	return v.type == JK_VALUE_UNDEFINED || v.type == JK_VALUE_MACRO ||
	    v.type == JK_VALUE_FUNCTION || v.type == JK_VALUE_METHOD ||
	    v.type == JK_VALUE_LOOP;
}

TEST(escaped)
{
	UNUSED;
	return v.type == JK_VALUE_STR && v.str->markup;
}

/* v % n == rest */
static bool
remainder_is(struct jk_jinja_run *run, struct jk_value value, struct jk_value n,
    int64_t rest)
{
	return jk_value_equal(run, jk_value_arithmetic(run, '%', value, n),
	    jk_value_int(rest));
}

TEST(odd)
{
	UNUSED;
	return remainder_is(run, v, jk_value_int(2), 1);
}

TEST(even)
{
	UNUSED;
	return remainder_is(run, v, jk_value_int(2), 0);
}

TEST(divisibleby)
{
	UNUSED;
	return remainder_is(run, v, a, 0);
}

TEST(lower)
{
	UNUSED;
	return jk_str_is_lower(run, jk_value_string(run, v), NULL,
	    NULL).boolean;
}

TEST(upper)
{
	UNUSED;
	return jk_str_is_upper(run, jk_value_string(run, v), NULL,
	    NULL).boolean;
}

TEST(in)
{
	UNUSED;
	return jk_value_in(run, v, a);
}

/* Identity, where it does not depend on how Python keeps its objects. */
TEST(sameas)
{
	UNUSED;
	if (v.type != a.type)
		return false;
	switch (v.type) {
	case JK_VALUE_NONE:
		return true;
	case JK_VALUE_BOOL:
		return v.boolean == a.boolean;
	case JK_VALUE_NAMESPACE:
		return v.dict == a.dict;
	default:
		jk_jinja_fail(run, "sameas of '%s' is not supported",
		    jk_value_type_name(v));
	}
}

TEST(equal)
{
	UNUSED;
	return jk_value_equal(run, v, a);
}

TEST(unequal)
{
	UNUSED;
	return !jk_value_equal(run, v, a);
}

TEST(less)
{
	UNUSED;
	return jk_value_compare(run, v, a, "<") < 0;
}

TEST(at_most)
{
	UNUSED;
	return jk_value_compare(run, v, a, "<=") <= 0;
}

TEST(greater)
{
	int r = jk_value_compare(run, v, a, ">");

	return r > 0 && r != JK_UNORDERED;
}

TEST(at_least)
{
	int r = jk_value_compare(run, v, a, ">=");

	return r >= 0 && r != JK_UNORDERED;
}

TEST(is_filter);
TEST(is_test);

static const struct {
	const char *name;
	bool (*call)(struct jk_jinja_run *run, struct jk_value v,
	    struct jk_value a);
	const char *params;
} TESTS[] = {
	{ "odd", odd, "" },
	{ "even", even, "" },
	{ "divisibleby", divisibleby, "num" },
	{ "defined", defined, "" },
	{ "undefined", undefined, "" },
	{ "filter", is_filter, "" },
	{ "test", is_test, "" },
	{ "none", none, "" },
	{ "boolean", boolean, "" },
	{ "false", is_false, "" },
	{ "true", is_true, "" },
	{ "integer", integer, "" },
	{ "float", real, "" },
	{ "lower", lower, "" },
	{ "upper", upper, "" },
	{ "string", string, "" },
	{ "mapping", mapping, "" },
	{ "number", number, "" },
	{ "sequence", sequence, "" },
	{ "iterable", iterable, "" },
	{ "callable", callable, "" },
	{ "sameas", sameas, "other" },
	{ "escaped", escaped, "" },
	{ "in", in, "seq" },
	{ "==", equal, "b" },
	{ "eq", equal, "b" },
	{ "equalto", equal, "b" },
	{ "!=", unequal, "b" },
	{ "ne", unequal, "b" },
	{ ">", greater, "b" },
	{ "gt", greater, "b" },
	{ "greaterthan", greater, "b" },
	{ ">=", at_least, "b" },
	{ "ge", at_least, "b" },
	{ "<", less, "b" },
	{ "lt", less, "b" },
	{ "lessthan", less, "b" },
	{ "<=", at_most, "b" },
	{ "le", at_most, "b" },
};

/* Is there a filter (test) of that name in Jinja? */
TEST(is_filter)
{
	static const char *const lacks[] = { "filesizeformat", "forceescape",
	    "groupby", "pprint", "random", "slice", "striptags", "urlencode",
	    "urlize", "wordcount", "wordwrap", "xmlattr" };
	const struct jk_jinja_filter *f;
	const struct jk_str *name = jk_value_as_str(run, v, "a filter's name");
	size_t i;

	(void)a;
	for (f = jk_jinja_text_filters; f->name; f++) {
		if (jk_str_equals(name, f->name))
			return true;
	}
	for (f = jk_jinja_seq_filters; f->name; f++) {
		if (jk_str_equals(name, f->name))
			return true;
	}
	for (i = 0; i < sizeof lacks / sizeof *lacks; i++) {
		if (jk_str_equals(name, lacks[i]))
			return true;
	}
	return false;
}

TEST(is_test)
{
	const struct jk_str *name = jk_value_as_str(run, v, "a test's name");
	size_t i;

	(void)a;
	for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
		if (jk_str_equals(name, TESTS[i].name))
			return true;
	}
	return false;
}

bool
jk_jinja_apply_test(struct jk_jinja_run *run, const struct jk_str *name,
    struct jk_value value, const struct jk_jinja_args *args)
{
	struct jk_value a[1] = { JK_ABSENT };
	size_t i;

	jk_jinja_spend(run, 10);
	for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
		if (!jk_str_equals(name, TESTS[i].name))
			continue;
		jk_jinja_args_bind(run, TESTS[i].name, TESTS[i].params,
		    TESTS[i].params[0] != '\0', args, a);
		return TESTS[i].call(run, value, a[0]);
	}
	jk_jinja_fail(run, "the test '%.100s' is unknown", name->s);
}
