/* Tests: what stands behind `is`. */

#include <string.h>

#include "jinja/call.h"

#define TEST(name) static bool \
	name(struct jk_ji *j, struct jk_jv v, struct jk_jv a)
#define UNUSED ((void)j, (void)v, (void)a)

TEST(defined)
{
	UNUSED;
	return v.type != JV_UNDEFINED;
}

TEST(undefined)
{
	UNUSED;
	return v.type == JV_UNDEFINED;
}

TEST(none)
{
	UNUSED;
	return v.type == JV_NONE;
}

TEST(boolean)
{
	UNUSED;
	return v.type == JV_BOOL;
}

TEST(is_true)
{
	UNUSED;
	return v.type == JV_BOOL && v.boolean;
}

TEST(is_false)
{
	UNUSED;
	return v.type == JV_BOOL && !v.boolean;
}

TEST(integer)
{
	UNUSED;
	return v.type == JV_INT;
}

TEST(real)
{
	UNUSED;
	return v.type == JV_FLOAT;
}

TEST(number)
{
	UNUSED;
	return jk_jv_is_number(v);
}

TEST(string)
{
	UNUSED;
	return v.type == JV_STR;
}

TEST(mapping)
{
	UNUSED;
	return v.type == JV_DICT;
}

TEST(iterable)
{
	UNUSED;
	return v.type == JV_UNDEFINED || v.type == JV_STR ||
	    v.type == JV_SEQ || v.type == JV_DICT || v.type == JV_LOOP;
}

TEST(sequence)
{
	UNUSED;
	return v.type == JV_UNDEFINED || v.type == JV_STR ||
	    v.type == JV_DICT ||
	    (v.type == JV_SEQ && v.seq->kind <= SEQ_RANGE);
}

TEST(callable)
{
	UNUSED;
	return v.type == JV_UNDEFINED || v.type == JV_MACRO ||
	    v.type == JV_FUNCTION || v.type == JV_METHOD || v.type == JV_LOOP;
}

TEST(escaped)
{
	UNUSED;
	return v.type == JV_STR && v.str->markup;
}

/* v % n == rest */
static bool
remainder_is(struct jk_ji *j, struct jk_jv v, struct jk_jv n, int64_t rest)
{
	return jk_jv_equal(j, jk_ji_binary(j, '%', v, n), jk_jv_int(rest));
}

TEST(odd)
{
	UNUSED;
	return remainder_is(j, v, jk_jv_int(2), 1);
}

TEST(even)
{
	UNUSED;
	return remainder_is(j, v, jk_jv_int(2), 0);
}

TEST(divisibleby)
{
	UNUSED;
	return remainder_is(j, v, a, 0);
}

TEST(lower)
{
	UNUSED;
	return jk_jstr_is_lower(j, jk_jv_string(j, v), NULL, NULL).boolean;
}

TEST(upper)
{
	UNUSED;
	return jk_jstr_is_upper(j, jk_jv_string(j, v), NULL, NULL).boolean;
}

TEST(in)
{
	UNUSED;
	return jk_jv_in(j, v, a);
}

/* Identity, where it does not depend on how Python keeps its objects. */
TEST(sameas)
{
	UNUSED;
	if (v.type != a.type)
		return false;
	switch (v.type) {
	case JV_NONE:
		return true;
	case JV_BOOL:
		return v.boolean == a.boolean;
	case JV_NAMESPACE:
		return v.dict == a.dict;
	default:
		jk_ji_fail(j, "sameas of '%s' is not supported",
		    jk_jv_type_name(v));
	}
}

TEST(equal)
{
	UNUSED;
	return jk_jv_equal(j, v, a);
}

TEST(unequal)
{
	UNUSED;
	return !jk_jv_equal(j, v, a);
}

TEST(less)
{
	UNUSED;
	return jk_jv_compare(j, v, a, "<") < 0;
}

TEST(at_most)
{
	UNUSED;
	return jk_jv_compare(j, v, a, "<=") <= 0;
}

TEST(greater)
{
	int r = jk_jv_compare(j, v, a, ">");

	return r > 0 && r != JV_UNORDERED;
}

TEST(at_least)
{
	int r = jk_jv_compare(j, v, a, ">=");

	return r >= 0 && r != JV_UNORDERED;
}

TEST(is_filter);
TEST(is_test);

static const struct {
	const char *name;
	bool (*call)(struct jk_ji *j, struct jk_jv v, struct jk_jv a);
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
	const struct jk_jfilter *f;
	const struct jk_jstr *name = jk_ji_str(j, v, "a filter's name");
	size_t i;

	(void)a;
	for (f = jk_jinja_text_filters; f->name; f++) {
		if (jk_jstr_equal(name, f->name))
			return true;
	}
	for (f = jk_jinja_seq_filters; f->name; f++) {
		if (jk_jstr_equal(name, f->name))
			return true;
	}
	for (i = 0; i < sizeof lacks / sizeof *lacks; i++) {
		if (jk_jstr_equal(name, lacks[i]))
			return true;
	}
	return false;
}

TEST(is_test)
{
	const struct jk_jstr *name = jk_ji_str(j, v, "a test's name");
	size_t i;

	(void)a;
	for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
		if (jk_jstr_equal(name, TESTS[i].name))
			return true;
	}
	return false;
}

bool
jk_ji_test(struct jk_ji *j, const struct jk_jstr *name, struct jk_jv v,
    const struct jk_jargs *args)
{
	struct jk_jv a[1] = { JV_NO_VALUE };
	size_t i;

	jk_ji_steps(j, 10);
	for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
		if (!jk_jstr_equal(name, TESTS[i].name))
			continue;
		jk_ji_bind(j, TESTS[i].name, TESTS[i].params,
		    TESTS[i].params[0] != '\0', args, a);
		return TESTS[i].call(j, v, a[0]);
	}
	jk_ji_fail(j, "the test '%.100s' is unknown", name->s);
}
