/* Filters on strings and numbers; finding a filter by its name. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jinja/call.h"

#define FILTER(name) static struct jk_value \
	name(struct jk_jinja_run *run, struct jk_value v, const struct jk_value *a, \
	    const struct jk_jinja_args *args)
#define UNUSED ((void)run, (void)v, (void)a, (void)args)

static bool
given(struct jk_value value)
{
	return value.type != JK_VALUE_ABSENT && value.type != JK_VALUE_NONE;
}

static struct jk_value
plain(struct jk_jinja_run *run, struct jk_value value)
{
	return jk_value_markup(run, jk_value_string(run, value), false);
}

FILTER(trim)
{
	UNUSED;
	return jk_str_strip(run, jk_value_string(run, v).str, given(a[0]) ?
	    jk_value_as_str(run, a[0], "trim's argument") : NULL, 3);
}

FILTER(upper)
{
	UNUSED;
	return jk_str_to_case(run, jk_value_string(run, v).str, JK_CASE_UPPER);
}

FILTER(lower)
{
	UNUSED;
	return jk_str_to_case(run, jk_value_string(run, v).str, JK_CASE_LOWER);
}

FILTER(capitalize)
{
	UNUSED;
	return jk_str_to_case(run, jk_value_string(run, v).str,
	    JK_CASE_CAPITALIZE);
}

/*
 * Jinja's own notion: words are what stands between white space and
 * - ( { [ <; their first character goes up, the others down.
 */
FILTER(title)
{
	const struct jk_str *str = jk_value_string(run, v).str;
	struct jk_strbuf buf = { 0 };
	size_t at = 0, first, end;
	uint32_t code;

	UNUSED;
	if (str->markup)
		jk_jinja_fail(run, "title of a safe string is not supported");
	while (at < str->n) {
		bool word = false;

		for (end = first = at; end < str->n;) {
			unsigned len = jk_utf8_decode(str->s + end, str->n -
			    end, &code);

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

FILTER(replace)
{
	UNUSED;
	return jk_str_replace(run, plain(run, v).str, plain(run, a[0]).str,
	    plain(run, a[1]).str, given(a[2]) ? jk_value_as_int(run, a[2],
	    "the count") : -1);
}

FILTER(string)
{
	UNUSED;
	return jk_value_string(run, v);
}

FILTER(safe)
{
	UNUSED;
	return jk_value_markup(run, jk_value_string(run, v), true);
}

FILTER(escape)
{
	UNUSED;
	return jk_str_escape(run, jk_value_string(run, v).str);
}

FILTER(length)
{
	UNUSED;
	return jk_value_int((int64_t)jk_value_length(run, v));
}

FILTER(otherwise)
{
	UNUSED;
	if (v.type == JK_VALUE_UNDEFINED || (a[1].type != JK_VALUE_ABSENT &&
	    jk_value_is_true(a[1]) && !jk_value_is_true(v)))
		return a[0].type == JK_VALUE_ABSENT ? jk_value_text(run, "",
		    0) : a[0];
	return v;
}

FILTER(tojson)
{
	UNUSED;
	return jk_value_to_json(run, v, args);
}

FILTER(format)
{
	struct jk_seq *values = jk_seq_new(run, JK_SEQ_TUPLE, 0);
	struct jk_dict *dict = jk_dict_new(run, 0);
	size_t i;

	UNUSED;
	if (args->n && args->n_named)
		jk_jinja_fail(run,
		    "can't handle positional and keyword arguments at the "
		    "same time");
	for (i = 0; i < args->n; i++)
		jk_seq_add(run, values, args->v[i]);
	for (i = 0; i < args->n_named; i++)
		jk_dict_set(run, dict, jk_value_cstr(run, args->names[i]),
		    args->named[i]);
	return jk_str_percent(run, jk_value_string(run, v).str, args->n_named ?
	    jk_value_dict(dict) : jk_value_seq(values));
}

FILTER(indent)
{
	const struct jk_str *newline = jk_value_text(run, "\n", 1).str;
	struct jk_strbuf buf = { 0 }, by = { 0 };
	bool first = jk_value_is_true(a[1]), blank = jk_value_is_true(a[2]);
	struct jk_seq *lines;
	struct jk_jinja_args none = { 0 };
	struct jk_str name = { .s = "splitlines", .n = 10 };
	const struct jk_str *line;
	int64_t n;
	size_t i;

	UNUSED;
	if (a[0].type == JK_VALUE_STR)
		jk_strbuf_add_str(run, &by, a[0].str);
	else
		for (n = a[0].type == JK_VALUE_ABSENT ? 4 : jk_value_as_int(run,
		    a[0], "the width"); n > 0; n--)
			jk_strbuf_adds(run, &by, " ");
	if (v.type == JK_VALUE_STR && v.str->markup)
		jk_jinja_fail(run, "indent of a safe string is not supported");
	v = jk_value_arithmetic(run, '+', v, jk_value_str(newline));
	v = jk_jinja_call(run, jk_value_method(run, v, &name), &none);
	lines = v.seq;
	v = jk_strbuf_take(run, &by);
	for (i = 0; i < lines->n; i++) {
		line = lines->v[i].str;
		if (i)
			jk_strbuf_add_str(run, &buf, newline);
		if (i ? blank || line->n : first)
			jk_strbuf_add_str(run, &buf, v.str);
		jk_strbuf_add_str(run, &buf, line);
	}
	return jk_strbuf_take(run, &buf);
}

FILTER(truncate)
{
	int64_t max = a[0].type == JK_VALUE_ABSENT ? 255 : jk_value_as_int(run,
	    a[0], "the length");
	const struct jk_str *end = a[2].type == JK_VALUE_ABSENT ?
	    jk_value_text(run, "...", 3).str : jk_value_as_str(run, a[2],
	    "the end");
	int64_t leeway = given(a[3]) ? jk_value_as_int(run, a[3], "leeway") : 5;
	int64_t n_end = (int64_t)jk_str_length(run, end);
	struct jk_str space = { .s = " ", .n = 1 };
	size_t at;

	UNUSED;
	if (max < n_end || leeway < 0)
		jk_jinja_fail(run,
		    "truncate: expected a length of at least %lld and a "
		    "leeway of at least 0", (long long)n_end);
	if (max < INT64_MAX - leeway &&
	    (int64_t)jk_value_length(run, v) <= max + leeway)
		return v;
	jk_value_as_str(run, v, "what is truncated");
	v = jk_value_slice(run, v, JK_NONE, jk_value_int(max - n_end), JK_NONE);
	at = jk_value_is_true(a[1]) ? SIZE_MAX : jk_str_rfind(run, v.str,
	    &space, 0, v.str->n);
	if (at != SIZE_MAX)
		v = jk_str_substr(run, v.str, 0, at);
	return jk_value_arithmetic(run, '+', v, jk_value_str(end));
}

FILTER(center)
{
	struct jk_jinja_args one = { 0 };
	struct jk_str name = { .s = "center", .n = 6 };
	struct jk_value width = a[0].type == JK_VALUE_ABSENT ?
	    jk_value_int(80) : a[0];

	UNUSED;
	one.v = &width;
	one.n = 1;
	return jk_jinja_call(run, jk_value_method(run, jk_value_string(run, v),
	    &name), &one);
}

/* --- numbers */

/*
 * The text of a Python number literal without the white space and underscores
 * around and in it, or false where it cannot be one.
 */
static bool
clean_number(struct jk_jinja_run *run, const struct jk_str *str, char *out,
    size_t max, bool real)
{
	size_t i, n = 0;

	str = jk_str_strip(run, str, NULL, 3).str;
	for (i = 0; i < str->n; i++) {
		char c = str->s[i];

		if ((unsigned char)c >= 0x80) {
			if (jk_str_is_decimal(run, jk_str_substr(run, str, i,
			    i + jk_utf8_decode(str->s + i, str->n - i,
			    &(uint32_t){ 0 })), NULL, NULL).boolean)
				jk_jinja_fail(run,
				    "digits beyond ASCII are not supported");
			return false;
		}
		if (c == '_') {
			if (i == 0 || i + 1 == str->n ||
			    !strchr("0123456789", str->s[i - 1]) ||
			    !strchr("0123456789", str->s[i + 1]))
				return false;
			continue;
		}
		/* hexadecimal floats are C's, not Python's */
		if (!c || (real && (c == 'x' || c == 'X')))
			return false;
		if (n + 1 >= max)
			jk_jinja_fail(run, "a number is too long");
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0 && !strchr(" \t\n\v\f\r(", out[0]) &&
	    (!real || !strchr(out, '('));
}

static bool
parse_real(struct jk_jinja_run *run, const struct jk_str *str, double *x)
{
	char text[512], *end;

	if (!clean_number(run, str, text, sizeof text, true))
		return false;
	*x = strtod(text, &end);
	return !*end;
}

static bool
parse_int(struct jk_jinja_run *run, const struct jk_str *str, int base,
    int64_t *x)
{
	char text[512], *end;
	const char *p = text;
	bool negative;

	if (!clean_number(run, str, text, sizeof text, false))
		return false;
	negative = *p == '-';
	p += *p == '-' || *p == '+';
	if (p[0] == '0' && ((base == 16 && (p[1] | 32) == 'x') ||
	    (base == 8 && (p[1] | 32) == 'o') ||
	    (base == 2 && (p[1] | 32) == 'b')))
		p += 2;
	if (!((*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' &&
	    (*p | 32) <= 'z')) || (base == 16 && p[0] == '0' &&
	    (p[1] | 32) == 'x'))
		return false;
	errno = 0;
	*x = strtoll(p, &end, base);
	if (*end)
		return false;
	if (errno)
		jk_jinja_fail(run, "an integer of more than 64 bits is not "
		    "supported");
	if (negative)
		*x = -*x;
	return true;
}

FILTER(to_int)
{
	struct jk_value other = a[0].type == JK_VALUE_ABSENT ? jk_value_int(0) :
	    a[0];
	int64_t base = a[1].type == JK_VALUE_ABSENT ? 10 : jk_value_as_int(run,
	    a[1], "the base"), i;
	double x;

	UNUSED;
	if (v.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", v.why);
	if (v.type == JK_VALUE_INT || v.type == JK_VALUE_BOOL)
		return jk_value_int(jk_value_as_int(run, v, ""));
	if (base < 2 || base > 36)
		jk_jinja_fail(run, "int: base %lld is not supported",
		    (long long)base);
	if (v.type == JK_VALUE_STR) {
		if (parse_int(run, v.str, (int)base, &i))
			return jk_value_int(i);
		if (!parse_real(run, v.str, &x) || isnan(x) || isinf(x))
			return other;
	} else if (v.type == JK_VALUE_FLOAT) {
		x = v.real;
		if (isinf(x))
			jk_jinja_fail(run, "cannot convert float infinity to "
			    "integer");
		if (isnan(x))
			return other;
	} else {
		return other;
	}
	if (!(x > -0x1p63 && x < 0x1p63))
		jk_jinja_fail(run, "an integer of more than 64 bits is not "
		    "supported");
	return jk_value_int((int64_t)x);
}

FILTER(to_float)
{
	struct jk_value other = a[0].type == JK_VALUE_ABSENT ?
	    jk_value_float(0) : a[0];
	double x;

	UNUSED;
	if (v.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", v.why);
	if (jk_value_is_number(v))
		return jk_value_float(jk_value_real(v));
	if (v.type == JK_VALUE_STR && parse_real(run, v.str, &x))
		return jk_value_float(x);
	return other;
}

FILTER(to_abs)
{
	UNUSED;
	if (!jk_value_is_number(v))
		jk_jinja_fail(run, "bad operand type for abs(): '%s'",
		    jk_value_type_name(v));
	if (v.type == JK_VALUE_FLOAT)
		return jk_value_float(fabs(v.real));
	return jk_value_as_int(run, v, "") < 0 ? jk_value_negate(run, v) :
	    jk_value_int(jk_value_as_int(run, v, ""));
}

FILTER(to_round)
{
	int64_t digits = a[0].type == JK_VALUE_ABSENT ? 0 : jk_value_as_int(run,
	    a[0], "the precision");
	const char *method = a[1].type == JK_VALUE_ABSENT ? "common" :
	    jk_value_as_str(run, a[1], "the method")->s;
	char text[512];
	double x, power;

	UNUSED;
	if (!jk_value_is_number(v))
		jk_jinja_fail(run, "type %s doesn't define __round__ method",
		    jk_value_type_name(v));
	if (digits < 0 || digits > 100)
		jk_jinja_fail(run, "round: this precision is not supported");
	x = jk_value_real(v);
	if (strcmp(method, "common") == 0) {
		if (v.type != JK_VALUE_FLOAT)
			return jk_value_int(jk_value_as_int(run, v, ""));
		/* rounds the exact binary value, halves to even */
		snprintf(text, sizeof text, "%.*f", (int)digits, x);
		return jk_value_float(strtod(text, NULL));
	}
	if (strcmp(method, "ceil") != 0 && strcmp(method, "floor") != 0)
		jk_jinja_fail(run, "method must be common, ceil or floor");
	power = pow(10, (double)digits);
	x = method[0] == 'c' ? ceil(x * power) : floor(x * power);
	if (digits > 15 || !(fabs(x) < 0x1p53))
		jk_jinja_fail(run, "round: this value is not supported");
	return jk_value_float(x / power);
}

FILTER(attr)
{
	struct jk_value found;

	UNUSED;
	if (v.type == JK_VALUE_UNDEFINED)
		jk_jinja_fail(run, "%s", v.why);
	found = jk_value_member(run, v, jk_value_as_str(run, a[0],
	    "the attribute"));
	return found.type == JK_VALUE_ABSENT ? jk_value_undefined(run,
	    "'%s object' has no attribute '%.100s'", jk_value_type_name(v),
	    a[0].str->s) : found;
}

const struct jk_jinja_filter jk_jinja_text_filters[] = {
	{ "abs", to_abs, "", 0 },
	{ "attr", attr, "name", 1 },
	{ "capitalize", capitalize, "", 0 },
	{ "center", center, "width", 0 },
	{ "count", length, "", 0 },
	{ "d", otherwise, "default_value boolean", 0 },
	{ "default", otherwise, "default_value boolean", 0 },
	{ "e", escape, "", 0 },
	{ "escape", escape, "", 0 },
	{ "float", to_float, "default", 0 },
	{ "format", format, NULL, 0 },
	{ "indent", indent, "width first blank", 0 },
	{ "int", to_int, "default base", 0 },
	{ "length", length, "", 0 },
	{ "lower", lower, "", 0 },
	{ "replace", replace, "old new count", 2 },
	{ "round", to_round, "precision method", 0 },
	{ "safe", safe, "", 0 },
	{ "string", string, "", 0 },
	{ "title", title, "", 0 },
	{ "tojson", tojson, NULL, 0 },
	{ "trim", trim, "chars", 0 },
	{ "truncate", truncate, "length killwords end leeway", 0 },
	{ "upper", upper, "", 0 },
	{ 0 }
};

static const struct jk_jinja_filter *
find_filter(const struct jk_jinja_filter *f, const struct jk_str *name)
{
	for (; f->name; f++) {
		if (jk_str_equals(name, f->name))
			return f;
	}
	return NULL;
}

struct jk_value
jk_jinja_apply_filter(struct jk_jinja_run *run, const struct jk_str *name,
    struct jk_value value, const struct jk_jinja_args *args)
{
	const struct jk_jinja_filter *f = find_filter(jk_jinja_text_filters,
	    name);
	struct jk_value a[8];

	jk_jinja_spend(run, 10);
	if (!f)
		f = find_filter(jk_jinja_seq_filters, name);
	if (!f)
		jk_jinja_fail(run, "the filter '%.100s' is unknown or not "
		    "supported", name->s);
	if (f->params)
		jk_jinja_args_bind(run, f->name, f->params, f->required, args,
		    a);
	return f->call(run, value, a, args);
}
