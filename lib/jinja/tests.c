/* Tests: what stands behind `is`. */

#include "jinja/tests.h"
#include "jinja/arithmetic.h"
#include "jinja/call.h"
#include "jinja/case.h"
#include "jinja/compare.h"
#include "jinja/filter.h"
#include "jinja/print.h"
#include "jinja/str.h"

static bool
defined(const struct jk_jinja_call *call)
{
	return call->self.type != JK_VALUE_UNDEFINED;
}

static bool
undefined(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_UNDEFINED;
}

static bool
none(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_NONE;
}

static bool
boolean(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_BOOL;
}

static bool
is_true(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_BOOL && call->self.boolean;
}

static bool
is_false(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_BOOL && !call->self.boolean;
}

static bool
integer(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_INT;
}

static bool
real(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_FLOAT;
}

static bool
number(const struct jk_jinja_call *call)
{
	return jk_value_is_number(call->self);
}

static bool
string(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_STR;
}

static bool
mapping(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_DICT;
}

static bool
iterable(const struct jk_jinja_call *call)
{
	enum jk_value_type type = call->self.type;

	return type == JK_VALUE_UNDEFINED || type == JK_VALUE_STR ||
	    type == JK_VALUE_SEQ || type == JK_VALUE_DICT ||
	    type == JK_VALUE_LOOP;
}

static bool
sequence(const struct jk_jinja_call *call)
{
	enum jk_value_type type = call->self.type;

	return type == JK_VALUE_UNDEFINED || type == JK_VALUE_STR ||
	    type == JK_VALUE_DICT || (type == JK_VALUE_SEQ &&
	    call->self.seq->kind <= JK_SEQ_RANGE);
}

static bool
callable(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_UNDEFINED ||
	    jk_value_is_callable(call->self);
}

static bool
escaped(const struct jk_jinja_call *call)
{
	return call->self.type == JK_VALUE_STR && call->self.str->markup;
}

/* v % n == rest */
static bool
remainder_is(struct jk_jinja_run *run, struct jk_value value, struct jk_value n,
    int64_t rest)
{
	return jk_value_equal(run, jk_value_arithmetic(run, value, JK_JINJA_MOD,
	    n), jk_value_int(rest));
}

static bool
odd(const struct jk_jinja_call *call)
{
	return remainder_is(call->run, call->self, jk_value_int(2), 1);
}

static bool
even(const struct jk_jinja_call *call)
{
	return remainder_is(call->run, call->self, jk_value_int(2), 0);
}

static bool
divisibleby(const struct jk_jinja_call *call)
{
	return remainder_is(call->run, call->self, call->arg[0], 0);
}

static bool
lower(const struct jk_jinja_call *call)
{
	return jk_str_is(call->run, jk_value_string(call->run,
	    call->self).str, JK_STR_LOWER);
}

static bool
upper(const struct jk_jinja_call *call)
{
	return jk_str_is(call->run, jk_value_string(call->run,
	    call->self).str, JK_STR_UPPER);
}

static bool
in(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_IN,
	    call->arg[0]);
}

/* Identity, where it does not depend on how Python keeps its objects. */
static bool
sameas(const struct jk_jinja_call *call)
{
	if (call->self.type != call->arg[0].type)
		return false;
	switch (call->self.type) {
	case JK_VALUE_NONE:
		return true;
	case JK_VALUE_BOOL:
		return call->self.boolean == call->arg[0].boolean;
	case JK_VALUE_NAMESPACE:
		return call->self.dict == call->arg[0].dict;
	default:
		jk_jinja_fail(call->run, "sameas of '%s' is not supported",
		    jk_value_type_name(call->self));
	}
}

static bool
equal(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_EQ,
	    call->arg[0]);
}

static bool
unequal(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_NE,
	    call->arg[0]);
}

static bool
less(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_LT,
	    call->arg[0]);
}

static bool
at_most(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_LE,
	    call->arg[0]);
}

static bool
greater(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_GT,
	    call->arg[0]);
}

static bool
at_least(const struct jk_jinja_call *call)
{
	return jk_value_compare(call->run, call->self, JK_JINJA_GE,
	    call->arg[0]);
}

/* Is there a filter of that name in Jinja? */
static bool
is_filter(const struct jk_jinja_call *call)
{
	static const char *const lacks[] = { "filesizeformat", "forceescape",
	    "groupby", "pprint", "random", "slice", "striptags", "urlencode",
	    "urlize", "wordcount", "wordwrap", "xmlattr" };
	const struct jk_str *name = jk_value_as_str(call->run, call->self,
	    "a filter's name");
	size_t i;

	if (jk_jinja_find_filter(call->run, name))
		return true;
	for (i = 0; i < sizeof lacks / sizeof *lacks; i++) {
		if (jk_str_equals(name, lacks[i]))
			return true;
	}
	return false;
}

static bool is_test(const struct jk_jinja_call *call);

static const struct {
	const char *name;
	bool (*function)(const struct jk_jinja_call *call);
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

static bool
is_test(const struct jk_jinja_call *call)
{
	const struct jk_str *name = jk_value_as_str(call->run, call->self,
	    "a test's name");
	size_t i;

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
	struct jk_jinja_call call = { .run = run, .self = value,
	    .args = args };
	size_t i;

	jk_jinja_spend(run, 10);
	for (i = 0; i < sizeof TESTS / sizeof *TESTS; i++) {
		if (!jk_str_equals(name, TESTS[i].name))
			continue;
		jk_jinja_args_bind(run, TESTS[i].name, TESTS[i].params,
		    TESTS[i].params[0] != '\0', args, call.arg);
		return TESTS[i].function(&call);
	}
	jk_jinja_fail(run, "the test '%.*s' is unknown",
	    JK_STR_SHOWN(name));
}
