/* Filters on strings and numbers; finding a filter by its name. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jinja/call.h"

#define FILTER(name) static struct jk_jv \
	name(struct jk_ji *j, struct jk_jv v, const struct jk_jv *a, \
	    const struct jk_jargs *args)
#define UNUSED ((void)j, (void)v, (void)a, (void)args)

static bool
given(struct jk_jv v)
{
	return v.type != JV_ABSENT && v.type != JV_NONE;
}

static struct jk_jv
plain(struct jk_ji *j, struct jk_jv v)
{
	return jk_jv_markup(j, jk_jv_string(j, v), false);
}

FILTER(trim)
{
	UNUSED;
	return jk_jstr_strip(j, jk_jv_string(j, v).str, given(a[0]) ?
	    jk_ji_str(j, a[0], "trim's argument") : NULL, 3);
}

FILTER(upper)
{
	UNUSED;
	return jk_jstr_case(j, jk_jv_string(j, v).str, CASE_UPPER);
}

FILTER(lower)
{
	UNUSED;
	return jk_jstr_case(j, jk_jv_string(j, v).str, CASE_LOWER);
}

FILTER(capitalize)
{
	UNUSED;
	return jk_jstr_case(j, jk_jv_string(j, v).str, CASE_CAPITALIZE);
}

/*
 * Jinja's own notion: words are what stands between white space and
 * - ( { [ <; their first character goes up, the others down.
 */
FILTER(title)
{
	const struct jk_jstr *s = jk_jv_string(j, v).str;
	struct jk_jbuf b = { 0 };
	size_t at = 0, first, end;
	uint32_t code;

	UNUSED;
	if (s->markup)
		jk_ji_fail(j, "title of a safe string is not supported");
	while (at < s->n) {
		bool word = false;

		for (end = first = at; end < s->n;) {
			unsigned len = jk_utf8_decode(s->s + end, s->n - end,
			    &code);

			if (jk_code_is_space(code) || (code < 0x80 && code &&
			    strchr("-({[<", (int)code)))
				break;
			end += len;
			if (!word)
				first = end;
			word = true;
		}
		jk_jbuf_str(j, &b, jk_jstr_case(j, jk_jv_substr(j, s, at,
		    first).str, CASE_UPPER).str);
		jk_jbuf_str(j, &b, jk_jstr_case(j, jk_jv_substr(j, s, first,
		    end).str, CASE_LOWER).str);
		at = end;
		if (at < s->n) {
			end += jk_utf8_decode(s->s + at, s->n - at, &code);
			jk_jbuf_substr(j, &b, s, at, end);
			at = end;
		}
	}
	return jk_jbuf_take(j, &b);
}

FILTER(replace)
{
	UNUSED;
	return jk_jstr_replace(j, plain(j, v).str, plain(j, a[0]).str,
	    plain(j, a[1]).str, given(a[2]) ? jk_ji_int(j, a[2],
	    "the count") : -1);
}

FILTER(string)
{
	UNUSED;
	return jk_jv_string(j, v);
}

FILTER(safe)
{
	UNUSED;
	return jk_jv_markup(j, jk_jv_string(j, v), true);
}

FILTER(escape)
{
	UNUSED;
	return jk_jstr_escape(j, jk_jv_string(j, v).str);
}

FILTER(length)
{
	UNUSED;
	return jk_jv_int((int64_t)jk_jv_length(j, v));
}

FILTER(otherwise)
{
	UNUSED;
	if (v.type == JV_UNDEFINED ||
	    (a[1].type != JV_ABSENT && jk_jv_truth(a[1]) && !jk_jv_truth(v)))
		return a[0].type == JV_ABSENT ? jk_jv_text(j, "", 0) : a[0];
	return v;
}

FILTER(tojson)
{
	UNUSED;
	return jk_jv_tojson(j, v, args);
}

FILTER(format)
{
	struct jk_jseq *values = jk_jseq_new(j, SEQ_TUPLE, 0);
	struct jk_jdict *d = jk_jdict_new(j, 0);
	size_t i;

	UNUSED;
	if (args->n && args->n_named)
		jk_ji_fail(j, "can't handle positional and keyword arguments "
		    "at the same time");
	for (i = 0; i < args->n; i++)
		jk_jseq_add(j, values, args->v[i]);
	for (i = 0; i < args->n_named; i++)
		jk_jdict_set(j, d, jk_jv_cstr(j, args->names[i]),
		    args->named[i]);
	return jk_jstr_percent(j, jk_jv_string(j, v).str, args->n_named ?
	    jk_jv_dict(d) : jk_jv_seq(values));
}

FILTER(indent)
{
	const struct jk_jstr *newline = jk_jv_text(j, "\n", 1).str;
	struct jk_jbuf b = { 0 }, by = { 0 };
	bool first = jk_jv_truth(a[1]), blank = jk_jv_truth(a[2]);
	struct jk_jseq *lines;
	struct jk_jargs none = { 0 };
	struct jk_jstr name = { .s = "splitlines", .n = 10 };
	const struct jk_jstr *line;
	int64_t n;
	size_t i;

	UNUSED;
	if (a[0].type == JV_STR)
		jk_jbuf_str(j, &by, a[0].str);
	else
		for (n = a[0].type == JV_ABSENT ? 4 : jk_ji_int(j, a[0],
		    "the width"); n > 0; n--)
			jk_jbuf_adds(j, &by, " ");
	if (v.type == JV_STR && v.str->markup)
		jk_ji_fail(j, "indent of a safe string is not supported");
	v = jk_ji_binary(j, '+', v, jk_jv_str(newline));
	v = jk_ji_call(j, jk_ji_method(j, v, &name), &none);
	lines = v.seq;
	v = jk_jbuf_take(j, &by);
	for (i = 0; i < lines->n; i++) {
		line = lines->v[i].str;
		if (i)
			jk_jbuf_str(j, &b, newline);
		if (i ? blank || line->n : first)
			jk_jbuf_str(j, &b, v.str);
		jk_jbuf_str(j, &b, line);
	}
	return jk_jbuf_take(j, &b);
}

FILTER(truncate)
{
	int64_t max = a[0].type == JV_ABSENT ? 255 : jk_ji_int(j, a[0],
	    "the length");
	const struct jk_jstr *end = a[2].type == JV_ABSENT ?
	    jk_jv_text(j, "...", 3).str : jk_ji_str(j, a[2], "the end");
	int64_t leeway = given(a[3]) ? jk_ji_int(j, a[3], "leeway") : 5;
	int64_t n_end = (int64_t)jk_jstr_length(j, end);
	struct jk_jstr space = { .s = " ", .n = 1 };
	size_t at;

	UNUSED;
	if (max < n_end || leeway < 0)
		jk_ji_fail(j, "truncate: expected a length of at least %lld "
		    "and a leeway of at least 0", (long long)n_end);
	if (max < INT64_MAX - leeway &&
	    (int64_t)jk_jv_length(j, v) <= max + leeway)
		return v;
	jk_ji_str(j, v, "what is truncated");
	v = jk_ji_slice(j, v, JV_NIL, jk_jv_int(max - n_end), JV_NIL);
	at = jk_jv_truth(a[1]) ? SIZE_MAX : jk_jstr_rfind(j, v.str, &space,
	    0, v.str->n);
	if (at != SIZE_MAX)
		v = jk_jv_substr(j, v.str, 0, at);
	return jk_ji_binary(j, '+', v, jk_jv_str(end));
}

FILTER(center)
{
	struct jk_jargs one = { 0 };
	struct jk_jstr name = { .s = "center", .n = 6 };
	struct jk_jv width = a[0].type == JV_ABSENT ? jk_jv_int(80) : a[0];

	UNUSED;
	one.v = &width;
	one.n = 1;
	return jk_ji_call(j, jk_ji_method(j, jk_jv_string(j, v), &name),
	    &one);
}

/* --- numbers */

/*
 * The text of a Python number literal without the white space and underscores
 * around and in it, or false where it cannot be one.
 */
static bool
clean_number(struct jk_ji *j, const struct jk_jstr *s, char *out, size_t max,
    bool real)
{
	size_t i, n = 0;

	s = jk_jstr_strip(j, s, NULL, 3).str;
	for (i = 0; i < s->n; i++) {
		char c = s->s[i];

		if ((unsigned char)c >= 0x80) {
			if (jk_jstr_is_decimal(j, jk_jv_substr(j, s, i, i +
			    jk_utf8_decode(s->s + i, s->n - i,
			    &(uint32_t){ 0 })), NULL, NULL).boolean)
				jk_ji_fail(j, "digits beyond ASCII are not "
				    "supported");
			return false;
		}
		if (c == '_') {
			if (i == 0 || i + 1 == s->n ||
			    !strchr("0123456789", s->s[i - 1]) ||
			    !strchr("0123456789", s->s[i + 1]))
				return false;
			continue;
		}
		/* hexadecimal floats are C's, not Python's */
		if (!c || (real && (c == 'x' || c == 'X')))
			return false;
		if (n + 1 >= max)
			jk_ji_fail(j, "a number is too long");
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0 && !strchr(" \t\n\v\f\r(", out[0]) &&
	    (!real || !strchr(out, '('));
}

static bool
parse_real(struct jk_ji *j, const struct jk_jstr *s, double *x)
{
	char text[512], *end;

	if (!clean_number(j, s, text, sizeof text, true))
		return false;
	*x = strtod(text, &end);
	return !*end;
}

static bool
parse_int(struct jk_ji *j, const struct jk_jstr *s, int base, int64_t *x)
{
	char text[512], *end;
	const char *p = text;
	bool negative;

	if (!clean_number(j, s, text, sizeof text, false))
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
		jk_ji_fail(j, "an integer of more than 64 bits is not "
		    "supported");
	if (negative)
		*x = -*x;
	return true;
}

FILTER(to_int)
{
	struct jk_jv other = a[0].type == JV_ABSENT ? jk_jv_int(0) : a[0];
	int64_t base = a[1].type == JV_ABSENT ? 10 : jk_ji_int(j, a[1],
	    "the base"), i;
	double x;

	UNUSED;
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	if (v.type == JV_INT || v.type == JV_BOOL)
		return jk_jv_int(jk_ji_int(j, v, ""));
	if (base < 2 || base > 36)
		jk_ji_fail(j, "int: base %lld is not supported",
		    (long long)base);
	if (v.type == JV_STR) {
		if (parse_int(j, v.str, (int)base, &i))
			return jk_jv_int(i);
		if (!parse_real(j, v.str, &x) || isnan(x) || isinf(x))
			return other;
	} else if (v.type == JV_FLOAT) {
		x = v.real;
		if (isinf(x))
			jk_ji_fail(j, "cannot convert float infinity to "
			    "integer");
		if (isnan(x))
			return other;
	} else {
		return other;
	}
	if (!(x > -0x1p63 && x < 0x1p63))
		jk_ji_fail(j, "an integer of more than 64 bits is not "
		    "supported");
	return jk_jv_int((int64_t)x);
}

FILTER(to_float)
{
	struct jk_jv other = a[0].type == JV_ABSENT ? jk_jv_float(0) : a[0];
	double x;

	UNUSED;
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	if (jk_jv_is_number(v))
		return jk_jv_float(jk_jv_real(v));
	if (v.type == JV_STR && parse_real(j, v.str, &x))
		return jk_jv_float(x);
	return other;
}

FILTER(to_abs)
{
	UNUSED;
	if (!jk_jv_is_number(v))
		jk_ji_fail(j, "bad operand type for abs(): '%s'",
		    jk_jv_type_name(v));
	if (v.type == JV_FLOAT)
		return jk_jv_float(fabs(v.real));
	return jk_ji_int(j, v, "") < 0 ? jk_ji_negate(j, v) :
	    jk_jv_int(jk_ji_int(j, v, ""));
}

FILTER(to_round)
{
	int64_t digits = a[0].type == JV_ABSENT ? 0 : jk_ji_int(j, a[0],
	    "the precision");
	const char *method = a[1].type == JV_ABSENT ? "common" :
	    jk_ji_str(j, a[1], "the method")->s;
	char text[512];
	double x, power;

	UNUSED;
	if (!jk_jv_is_number(v))
		jk_ji_fail(j, "type %s doesn't define __round__ method",
		    jk_jv_type_name(v));
	if (digits < 0 || digits > 100)
		jk_ji_fail(j, "round: this precision is not supported");
	x = jk_jv_real(v);
	if (strcmp(method, "common") == 0) {
		if (v.type != JV_FLOAT)
			return jk_jv_int(jk_ji_int(j, v, ""));
		/* rounds the exact binary value, halves to even */
		snprintf(text, sizeof text, "%.*f", (int)digits, x);
		return jk_jv_float(strtod(text, NULL));
	}
	if (strcmp(method, "ceil") != 0 && strcmp(method, "floor") != 0)
		jk_ji_fail(j, "method must be common, ceil or floor");
	power = pow(10, (double)digits);
	x = method[0] == 'c' ? ceil(x * power) : floor(x * power);
	if (digits > 15 || !(fabs(x) < 0x1p53))
		jk_ji_fail(j, "round: this value is not supported");
	return jk_jv_float(x / power);
}

FILTER(attr)
{
	struct jk_jv found;

	UNUSED;
	if (v.type == JV_UNDEFINED)
		jk_ji_fail(j, "%s", v.why);
	found = jk_ji_member(j, v, jk_ji_str(j, a[0], "the attribute"));
	return found.type == JV_ABSENT ? jk_jv_undefined(j, "'%s object' has "
	    "no attribute '%.100s'", jk_jv_type_name(v), a[0].str->s) : found;
}

const struct jk_jfilter jk_jinja_text_filters[] = {
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

static const struct jk_jfilter *
find_filter(const struct jk_jfilter *f, const struct jk_jstr *name)
{
	for (; f->name; f++) {
		if (jk_jstr_equal(name, f->name))
			return f;
	}
	return NULL;
}

struct jk_jv
jk_ji_filter(struct jk_ji *j, const struct jk_jstr *name, struct jk_jv v,
    const struct jk_jargs *args)
{
	const struct jk_jfilter *f = find_filter(jk_jinja_text_filters, name);
	struct jk_jv a[8];

	jk_ji_steps(j, 10);
	if (!f)
		f = find_filter(jk_jinja_seq_filters, name);
	if (!f)
		jk_ji_fail(j, "the filter '%.100s' is unknown or not "
		    "supported", name->s);
	if (f->params)
		jk_ji_bind(j, f->name, f->params, f->required, args, a);
	return f->call(j, v, a, args);
}
