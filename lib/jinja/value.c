/* What a value is: its type, its truth, its number. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jinja/value.h"

struct jk_value
jk_value_undefined(struct jk_jinja_run *run, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, jk_tr(fmt), ap);
	va_end(ap);
	return (struct jk_value){ .type = JK_VALUE_UNDEFINED,
	    .why = jk_jinja_strdup(run, why, strlen(why)) };
}

void
jk_value_need_defined(struct jk_jinja_run *run, struct jk_value value)
{
	if (value.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", value.why);
}

const char *
jk_value_type_name(struct jk_value value)
{
	static const char *const seq[] = { "list", "tuple", "range",
	    "dict_keys", "dict_values", "dict_items", "generator" };

	switch (value.type) {
	case JK_VALUE_ABSENT:
	case JK_VALUE_UNDEFINED:
		return "Undefined";
	case JK_VALUE_NONE:
		return "NoneType";
	case JK_VALUE_BOOL:
		return "bool";
	case JK_VALUE_INT:
		return "int";
	case JK_VALUE_FLOAT:
		return "float";
	case JK_VALUE_STR:
		return value.str->markup ? "Markup" : "str";
	case JK_VALUE_SEQ:
		return seq[value.seq->kind];
	case JK_VALUE_DICT:
		return "dict";
	case JK_VALUE_NAMESPACE:
		return "TemplateNamespace";
	case JK_VALUE_LOOP:
		return "LoopContext";
	case JK_VALUE_MACRO:
		return "Macro";
	case JK_VALUE_FUNCTION:
		return "function";
	case JK_VALUE_METHOD:
		return "builtin_function_or_method";
	}
	return "?";
}

bool
jk_value_is_true(struct jk_value value)
{
	switch (value.type) {
	case JK_VALUE_ABSENT:
	case JK_VALUE_UNDEFINED:
	case JK_VALUE_NONE:
		return false;
	case JK_VALUE_BOOL:
		return value.boolean;
	case JK_VALUE_INT:
		return value.integer != 0;
	case JK_VALUE_FLOAT:
		return value.real != 0;
	case JK_VALUE_STR:
		return value.str->n > 0;
	case JK_VALUE_SEQ:
		return value.seq->kind == JK_SEQ_ITERATOR || value.seq->n > 0;
	case JK_VALUE_DICT:
		return value.dict->n > 0;
	default:
		return true;
	}
}

bool
jk_value_is_number(struct jk_value value)
{
	return value.type == JK_VALUE_BOOL || value.type == JK_VALUE_INT ||
	    value.type == JK_VALUE_FLOAT;
}

bool
jk_value_is_callable(struct jk_value value)
{
	return value.type >= JK_VALUE_LOOP;
}

bool
jk_value_is_hashable(struct jk_value value)
{
	size_t i;

	if (value.type == JK_VALUE_DICT)
		return false;
	if (value.type != JK_VALUE_SEQ)
		return true;
	if (value.seq->kind == JK_SEQ_LIST || value.seq->kind == JK_SEQ_KEYS ||
	    value.seq->kind == JK_SEQ_ITEMS)
		return false;
	if (value.seq->kind == JK_SEQ_TUPLE) {
		for (i = 0; i < value.seq->n; i++) {
			if (!jk_value_is_hashable(value.seq->v[i]))
				return false;
		}
	}
	return true;
}

int64_t
jk_value_as_int(struct jk_jinja_run *run, struct jk_value value,
    const char *what)
{
	jk_value_need_defined(run, value);
	if (!jk_value_is_whole(value))
		jk_jinja_fail(run, "%s must be an integer, not '%s'",
		    jk_tr(what),
		    jk_value_type_name(value));
	return jk_value_whole(value);
}

const struct jk_str *
jk_value_as_str(struct jk_jinja_run *run, struct jk_value value,
    const char *what)
{
	jk_value_need_defined(run, value);
	if (value.type != JK_VALUE_STR)
		jk_jinja_fail(run, "%s must be a string, not '%s'",
		    jk_tr(what),
		    jk_value_type_name(value));
	return value.str;
}
