/* Filters on strings and single values. */

#include <string.h>

#include "base/buf.h"
#include "jinja/filter_text.h"
#include "jinja/arithmetic.h"
#include "jinja/case.h"
#include "jinja/container.h"
#include "jinja/format.h"
#include "jinja/json.h"
#include "jinja/member.h"
#include "jinja/print.h"
#include "jinja/slice.h"
#include "jinja/split.h"
#include "jinja/str.h"
#include "jinja/strmethod.h"

/* str(value), which is no Markup. */
static const struct jk_str *
plain(struct jk_jinja_run *run, struct jk_value value)
{
	return jk_value_markup(run, jk_value_string(run, value), false).str;
}

static struct jk_value
trim(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_str *chars = jk_value_is_given(call->arg[0]) ?
	    jk_value_as_str(run, call->arg[0], "trim's argument") : NULL;
	const struct jk_str *str = jk_value_string(run, call->self).str;

	return jk_str_strip(run, str, chars, JK_STRIP_BOTH);
}

static struct jk_value
to_case(const struct jk_jinja_call *call, enum jk_case to)
{
	const struct jk_str *str = jk_value_string(call->run, call->self).str;

	return jk_str_to_case(call->run, str, to);
}

static struct jk_value
upper(const struct jk_jinja_call *call)
{
	return to_case(call, JK_CASE_UPPER);
}

static struct jk_value
lower(const struct jk_jinja_call *call)
{
	return to_case(call, JK_CASE_LOWER);
}

static struct jk_value
capitalize(const struct jk_jinja_call *call)
{
	return to_case(call, JK_CASE_CAPITALIZE);
}

/*
 * Jinja's own notion: words are what stands between white space and
 * - ( { [ <; their first character goes up, the others down.
 */
static struct jk_value
title(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_str *str = jk_value_string(run, call->self).str;
	struct jk_strbuf buf = { 0 };
	size_t at = 0, first, end;
	uint32_t code;

	if (str->markup)
		jk_jinja_fail(run, "title of a safe string is not supported");
	while (at < str->n) {
		bool word = false;

		for (end = first = at; end < str->n;) {
			unsigned len = jk_utf8_decode(str->s + end,
			    str->n - end, &code);

			if (jk_code_is_space(code) || (code < 0x80 && code &&
			    strchr("-({[<", (int)code)))
				break;
			end += len;
			if (!word)
				first = end;
			word = true;
		}
		jk_strbuf_add_str(run, &buf, jk_str_to_case(run,
		    jk_str_substr(run, str, at, first).str, JK_CASE_UPPER).str);
		jk_strbuf_add_str(run, &buf, jk_str_to_case(run,
		    jk_str_substr(run, str, first, end).str,
		    JK_CASE_LOWER).str);
		at = end;
		if (at < str->n) {
			end += jk_utf8_decode(str->s + at, str->n - at, &code);
			jk_strbuf_add_substr(run, &buf, str, at, end);
			at = end;
		}
	}
	return jk_strbuf_take(run, &buf);
}

static struct jk_value
replace(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	int64_t count = jk_value_is_given(call->arg[2]) ?
	    jk_value_as_int(run, call->arg[2], "the count") : -1;

	return jk_str_replace(run, plain(run, call->self),
	    plain(run, call->arg[0]), plain(run, call->arg[1]), count);
}

static struct jk_value
string(const struct jk_jinja_call *call)
{
	return jk_value_string(call->run, call->self);
}

static struct jk_value
safe(const struct jk_jinja_call *call)
{
	return jk_value_markup(call->run, jk_value_string(call->run,
	    call->self), true);
}

static struct jk_value
escape(const struct jk_jinja_call *call)
{
	return jk_str_escape(call->run, jk_value_string(call->run,
	    call->self).str);
}

static struct jk_value
length(const struct jk_jinja_call *call)
{
	return jk_value_int((int64_t)jk_value_length(call->run, call->self));
}

static struct jk_value
otherwise(const struct jk_jinja_call *call)
{
	bool wanted = call->self.type == JK_VALUE_UNDEFINED ||
	    (jk_value_is_true(call->arg[1]) && !jk_value_is_true(call->self));

	if (!wanted)
		return call->self;
	return jk_value_or(call->arg[0], jk_value_text(call->run, "", 0));
}

static struct jk_value
format(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_jinja_args *args = call->args;
	struct jk_seq *values = jk_seq_new(run, JK_SEQ_TUPLE, 0);
	struct jk_dict *dict = jk_dict_new(run, 0);
	size_t i;

	if (args->n && args->n_named)
		jk_jinja_fail(run, "can't handle positional and keyword "
		    "arguments at the same time");
	for (i = 0; i < args->n; i++)
		jk_seq_add(run, values, args->v[i]);
	for (i = 0; i < args->n_named; i++)
		jk_dict_set(run, dict, jk_value_cstr(run, args->names[i]),
		    args->named[i]);
	return jk_str_percent(run, jk_value_string(run, call->self).str,
	    args->n_named ? jk_value_dict(dict) : jk_value_seq(values));
}

/* What a line is indented by: a string, or a number of spaces. */
static const struct jk_str *
indentation(struct jk_jinja_run *run, struct jk_value width)
{
	struct jk_strbuf buf = { 0 };
	int64_t n;

	if (width.type == JK_VALUE_STR)
		return width.str;
	n = jk_value_as_int(run, jk_value_or(width, jk_value_int(4)),
	    "the width");
	for (; n > 0; n--)
		jk_strbuf_adds(run, &buf, " ");
	return jk_strbuf_take(run, &buf).str;
}

static struct jk_value
indent(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_value newline = jk_value_text(run, "\n", 1);
	const struct jk_str *by = indentation(run, call->arg[0]);
	bool first = jk_value_is_true(call->arg[1]);
	bool blank = jk_value_is_true(call->arg[2]);
	struct jk_strbuf buf = { 0 };
	const struct jk_str *text, *line;
	const struct jk_seq *lines;
	size_t i;

	if (call->self.type == JK_VALUE_STR && call->self.str->markup)
		jk_jinja_fail(run, "indent of a safe string is not supported");
	text = jk_value_arithmetic(run, call->self, JK_JINJA_ADD, newline).str;
	lines = jk_str_splitlines(run, text, false).seq;
	for (i = 0; i < lines->n; i++) {
		line = lines->v[i].str;
		if (i)
			jk_strbuf_add_str(run, &buf, newline.str);
		if (i ? blank || line->n : first)
			jk_strbuf_add_str(run, &buf, by);
		jk_strbuf_add_str(run, &buf, line);
	}
	return jk_strbuf_take(run, &buf);
}

static struct jk_value
truncate(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	int64_t max = jk_value_as_int(run, jk_value_or(call->arg[0],
	    jk_value_int(255)), "the length");
	struct jk_value end = jk_value_or(call->arg[2], jk_value_text(run,
	    "...", 3)), text = call->self;
	int64_t n_end = (int64_t)jk_str_length(run, jk_value_as_str(run, end,
	    "the end"));
	int64_t leeway = jk_value_is_given(call->arg[3]) ?
	    jk_value_as_int(run, call->arg[3], "leeway") : 5;
	struct jk_str space = { .s = " ", .n = 1 };
	size_t at = SIZE_MAX;

	if (max < n_end || leeway < 0)
		jk_jinja_fail(run, "truncate: expected a length of at least "
		    "%lld and a leeway of at least 0", (long long)n_end);
	if (max < INT64_MAX - leeway &&
	    (int64_t)jk_value_length(run, text) <= max + leeway)
		return text;
	jk_value_as_str(run, text, "what is truncated");
	text = jk_value_slice(run, text, JK_NONE, jk_value_int(max - n_end),
	    JK_NONE);
	if (!jk_value_is_true(call->arg[1]))
		at = jk_str_rfind(run, text.str, &space, 0, text.str->n);
	if (at != SIZE_MAX)
		text = jk_str_substr(run, text.str, 0, at);
	return jk_value_arithmetic(run, text, JK_JINJA_ADD, end);
}

static struct jk_value
center(const struct jk_jinja_call *call)
{
	const struct jk_str *str = jk_value_string(call->run, call->self).str;

	if (str->markup)
		jk_jinja_fail(call->run, "the method 'center' of a safe "
		    "string is not supported");
	return jk_str_center(call->run, str, jk_value_or(call->arg[0],
	    jk_value_int(80)), JK_ABSENT);
}

static struct jk_value
attr(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_value found;

	jk_value_need_defined(run, call->self);
	found = jk_value_member(run, call->self, jk_value_as_str(run,
	    call->arg[0], "the attribute"));
	return found.type == JK_VALUE_ABSENT ? jk_value_undefined(run,
	    "'%s object' has no attribute '%.*s'", jk_value_type_name(call->self),
	    JK_STR_SHOWN(call->arg[0].str)) : found;
}

const struct jk_jinja_builtin jk_jinja_text_filters[] = {
	{ "attr", attr, "name", 1 },
	{ "capitalize", capitalize, "", 0 },
	{ "center", center, "width", 0 },
	{ "count", length, "", 0 },
	{ "d", otherwise, "default_value boolean", 0 },
	{ "default", otherwise, "default_value boolean", 0 },
	{ "e", escape, "", 0 },
	{ "escape", escape, "", 0 },
	{ "format", format, NULL, 0 },
	{ "indent", indent, "width first blank", 0 },
	{ "length", length, "", 0 },
	{ "lower", lower, "", 0 },
	{ "replace", replace, "old new count", 2 },
	{ "safe", safe, "", 0 },
	{ "string", string, "", 0 },
	{ "title", title, "", 0 },
	{ "tojson", jk_jinja_tojson, JK_JINJA_TOJSON_PARAMS, 0 },
	{ "trim", trim, "chars", 0 },
	{ "truncate", truncate, "length killwords end leeway", 0 },
	{ "upper", upper, "", 0 },
	{ 0 }
};
