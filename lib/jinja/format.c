/* "…" % values and "…".format(values). */

#include <stdio.h>
#include <string.h>

#include "jinja/format.h"
#include "jinja/container.h"
#include "jinja/print.h"
#include "jinja/slice.h"
#include "jinja/str.h"

struct spec {
	bool minus, plus, space, alternate, zero;
	int64_t width, precision;	/* precision -1: none */
	char type;
	size_t end;		/* behind the directive */
};

struct values {
	struct jk_value v;		/* all of them */
	size_t next;
	bool by_name;
};

static struct jk_value
next_value(struct jk_jinja_run *run, struct values *values)
{
	bool tuple = jk_value_is_seq(values->v, JK_SEQ_TUPLE);
	size_t n = tuple ? values->v.seq->n : 1;

	if (values->next >= n)
		jk_jinja_fail(run, "not enough arguments for format string");
	return tuple ? values->v.seq->v[values->next++] :
	    (values->next++, values->v);
}

static int64_t
number(struct jk_jinja_run *run, const struct jk_str *format, size_t *at,
    struct values *values)
{
	int64_t n = 0;

	if (*at < format->n && format->s[*at] == '*') {
		++*at;
		return jk_value_as_int(run, next_value(run, values),
		    "* wants int");
	}
	for (; *at < format->n && format->s[*at] >= '0' && format->s[*at] <=
	    '9'; ++*at) {
		n = 10 * n + (format->s[*at] - '0');
		if (n > 1000000)
			jk_jinja_fail(run, "width or precision too big");
	}
	return n;
}

/* Text of width and, for strings, precision in characters. */
static void
add_padded(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value, const struct spec *spec)
{
	int64_t n, i;

	if (spec->precision >= 0)
		value = jk_value_slice(run, value, JK_NONE,
		    jk_value_int(spec->precision), JK_NONE);
	n = (int64_t)jk_value_length(run, value);
	for (i = n; !spec->minus && i < spec->width; i++)
		jk_strbuf_adds(run, buf, " ");
	jk_strbuf_add_str(run, buf, value.str);
	for (i = n; spec->minus && i < spec->width; i++)
		jk_strbuf_adds(run, buf, " ");
}

static void
add_number(struct jk_jinja_run *run, struct jk_strbuf *buf,
    struct jk_value value, const struct spec *spec)
{
	char format[32], text[512];
	int n;

	if (spec->width > 400 || spec->precision > 400 || spec->width < 0)
		jk_jinja_fail(run, "width or precision too big");
	if (!jk_value_is_number(value))
		jk_jinja_fail(run, "%%%c format: a number is required, not %s",
		    spec->type, jk_value_type_name(value));
	snprintf(format, sizeof format, "%%%s%s%s%s%s", spec->minus ? "-" : "",
	    spec->plus ? "+" : "", spec->space ? " " : "",
	    spec->alternate ? "#" : "", spec->zero ? "0" : "");
	n = (int)strlen(format);
	if (spec->width)
		n += snprintf(format + n, sizeof format - (size_t)n, "%d",
		    (int)spec->width);
	if (spec->precision >= 0)
		n += snprintf(format + n, sizeof format - (size_t)n, ".%d",
		    (int)spec->precision);
	if (strchr("eEfFgG", spec->type)) {
		snprintf(format + n, sizeof format - (size_t)n, "%c",
		    spec->type);
		n = snprintf(text, sizeof text, format, jk_value_real(value));
	} else {
		int64_t i;

		if (spec->type != 'd' && (spec->alternate ||
		    value.type == JK_VALUE_FLOAT ||
		    (value.type == JK_VALUE_INT && value.integer < 0)))
			jk_jinja_fail(run,
			    "%%%c of this value is not supported", spec->type);
		if (value.type == JK_VALUE_FLOAT && !(value.real > -0x1p63 &&
		    value.real < 0x1p63))
			jk_jinja_fail(run, "cannot convert float to integer");
		i = value.type == JK_VALUE_FLOAT ? (int64_t)value.real :
		    jk_value_as_int(run, value, "");
		snprintf(format + n, sizeof format - (size_t)n, "ll%c",
		    spec->type);
		n = snprintf(text, sizeof text, format, (long long)i);
	}
	if (n < 0 || (size_t)n >= sizeof text)
		jk_jinja_fail(run, "the number is too long");
	jk_strbuf_add(run, buf, text, (size_t)n, JK_FROM_TEMPLATE);
}

static struct spec
parse_spec(struct jk_jinja_run *run, const struct jk_str *format, size_t at,
    struct values *values)
{
	struct spec spec = { .precision = -1 };

	for (; at < format->n && strchr("-+ #0", format->s[at]) &&
	    format->s[at]; at++) {
		spec.minus |= format->s[at] == '-';
		spec.plus |= format->s[at] == '+';
		spec.space |= format->s[at] == ' ';
		spec.alternate |= format->s[at] == '#';
		spec.zero |= format->s[at] == '0';
	}
	spec.width = number(run, format, &at, values);
	if (spec.width < 0) {
		spec.minus = true;
		spec.width = -spec.width;
	}
	if (at < format->n && format->s[at] == '.') {
		at++;
		spec.precision = number(run, format, &at, values);
		if (spec.precision < 0)
			spec.precision = 0;
	}
	while (at < format->n && (format->s[at] == 'l' ||
	    format->s[at] == 'h' || format->s[at] == 'L'))
		at++;
	if (at >= format->n)
		jk_jinja_fail(run, "incomplete format");
	spec.type = format->s[at];
	if (spec.type == 'i' || spec.type == 'u')
		spec.type = 'd';
	spec.end = at + 1;
	return spec;
}

/* %(name): the value of that name; `at` moves behind it. */
static bool
named(struct jk_jinja_run *run, const struct jk_str *format, size_t *at,
    struct values *values, struct jk_value *value)
{
	const char *end;
	size_t n;

	if (*at >= format->n || format->s[*at] != '(')
		return false;
	end = memchr(format->s + *at, ')', format->n - *at);
	if (!end)
		jk_jinja_fail(run, "incomplete format key");
	if (values->v.type != JK_VALUE_DICT)
		jk_jinja_fail(run, "format requires a mapping");
	n = (size_t)(end - format->s) - *at - 1;
	if (memchr(format->s + *at + 1, '(', n))
		jk_jinja_fail(run, "a format key with parentheses is not "
		    "supported");
	*value = jk_dict_get(run, values->v.dict, jk_value_text(run,
	    format->s + *at + 1, n));
	if (value->type == JK_VALUE_ABSENT)
		jk_jinja_fail(run, "the format key is not there");
	*at += n + 2;
	values->by_name = true;
	return true;
}

struct jk_value
jk_str_percent(struct jk_jinja_run *run, const struct jk_str *format,
    struct jk_value value)
{
	struct values values = { .v = value };
	struct jk_strbuf buf = { 0 }, repr;
	size_t at = 0, from;
	struct spec spec;
	bool has_name;

	if (format->markup)
		jk_jinja_fail(run, "%% of a safe string is not supported");
	while (at < format->n) {
		for (from = at; at < format->n && format->s[at] != '%'; at++)
			;
		jk_strbuf_add_substr(run, &buf, format, from, at);
		if (at == format->n)
			break;
		at++;
		has_name = named(run, format, &at, &values, &value);
		spec = parse_spec(run, format, at, &values);
		at = spec.end;
		if (spec.type == '%') {
			jk_strbuf_adds(run, &buf, "%");
			continue;
		}
		if (!spec.type || !strchr("srdxXoeEfFgG", spec.type))
			jk_jinja_fail(run, "the format character '%c' is not "
			    "supported", spec.type);
		if (!has_name)
			value = next_value(run, &values);
		if (spec.type == 's') {
			add_padded(run, &buf, jk_value_string(run, value),
			    &spec);
		} else if (spec.type == 'r') {
			repr = (struct jk_strbuf){ 0 };
			jk_strbuf_add_repr(run, &repr, value);
			add_padded(run, &buf, jk_strbuf_take(run, &repr),
			    &spec);
		} else {
			add_number(run, &buf, value, &spec);
		}
	}
	/* Python lets pass what looks like a mapping, as these do */
	if (!values.by_name && values.v.type != JK_VALUE_DICT &&
	    values.v.type != JK_VALUE_UNDEFINED && !jk_value_is_seq(values.v,
	    JK_SEQ_RANGE) && values.next < (jk_value_is_seq(values.v,
	    JK_SEQ_TUPLE) ? values.v.seq->n : 1) && !jk_value_is_seq(values.v,
	    JK_SEQ_LIST))
		jk_jinja_fail(run, "not all arguments converted during string "
		    "formatting");
	return jk_strbuf_take(run, &buf);
}

/* The value that {name!c} names, as text. */
static void
add_field(struct jk_jinja_run *run, struct jk_strbuf *buf, const char *s,
    size_t n, const struct jk_jinja_args *args, size_t *next)
{
	struct jk_value value = JK_ABSENT;
	char conversion = 0;
	size_t i, index = 0;

	if (n >= 2 && s[n - 2] == '!') {
		conversion = s[n - 1];
		n -= 2;
	}
	for (i = 0; i < n; i++) {
		if (strchr(".[:!{", s[i]) || !s[i])
			jk_jinja_fail(run,
			    "this replacement field of format() is not "
			    "supported");
		index = s[i] >= '0' && s[i] <= '9' && index < 1000000 ?
		    index * 10 + (size_t)(s[i] - '0') : SIZE_MAX / 16;
	}
	if (!n) {
		if (*next == SIZE_MAX)
			jk_jinja_fail(run, "cannot switch from manual field "
			    "specification to automatic field numbering");
		index = (*next)++;
	} else if (index < SIZE_MAX / 16) {
		if (*next && *next != SIZE_MAX)
			jk_jinja_fail(run, "cannot switch from automatic field "
			    "numbering to manual field specification");
		*next = SIZE_MAX;
	}
	if (index < args->n) {
		value = args->v[index];
	} else {
		for (i = 0; i < args->n_named; i++) {
			if (strlen(args->names[i]) == n &&
			    memcmp(args->names[i], s, n) == 0)
				value = args->named[i];
		}
	}
	if (value.type == JK_VALUE_ABSENT)
		jk_jinja_fail(run,
		    "format() has no value for a replacement field");
	if (conversion == 'r')
		jk_strbuf_add_repr(run, buf, value);
	else if (conversion == 's' || !conversion)
		jk_strbuf_add_string(run, buf, value);
	else
		jk_jinja_fail(run,
		    "this conversion of format() is not supported");
}

struct jk_value
jk_str_format(struct jk_jinja_run *run, const struct jk_str *format,
    const struct jk_jinja_args *args)
{
	struct jk_strbuf buf = { 0 };
	size_t at = 0, from, next = 0;
	const char *end;

	while (at < format->n) {
		for (from = at; at < format->n && format->s[at] != '{' &&
		    format->s[at] != '}'; at++)
			;
		jk_strbuf_add_substr(run, &buf, format, from, at);
		if (at == format->n)
			break;
		if (at + 1 < format->n && format->s[at + 1] == format->s[at]) {
			jk_strbuf_add_substr(run, &buf, format, at, at + 1);
			at += 2;
			continue;
		}
		end = format->s[at] == '{' ? memchr(format->s + at, '}',
		    format->n - at) : NULL;
		if (!end)
			jk_jinja_fail(run, "Single '%c' encountered in format "
			    "string", format->s[at]);
		add_field(run, &buf, format->s + at + 1,
		    (size_t)(end - format->s) - at - 1, args, &next);
		at = (size_t)(end - format->s) + 1;
	}
	return jk_strbuf_take(run, &buf);
}
