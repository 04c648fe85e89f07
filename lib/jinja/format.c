/* "…" % values and "…".format(values). */

#include <stdio.h>
#include <string.h>

#include "jinja/call.h"

struct spec {
	bool minus, plus, space, alternate, zero;
	int64_t width, precision;	/* precision -1: none */
	char type;
	size_t end;		/* behind the directive */
};

struct values {
	struct jk_jv v;		/* all of them */
	size_t next;
	bool by_name;
};

static struct jk_jv
next_value(struct jk_ji *j, struct values *values)
{
	bool tuple = jk_jv_is(values->v, SEQ_TUPLE);
	size_t n = tuple ? values->v.seq->n : 1;

	if (values->next >= n)
		jk_ji_fail(j, "not enough arguments for format string");
	return tuple ? values->v.seq->v[values->next++] :
	    (values->next++, values->v);
}

static int64_t
number(struct jk_ji *j, const struct jk_jstr *f, size_t *at,
    struct values *values)
{
	int64_t n = 0;

	if (*at < f->n && f->s[*at] == '*') {
		++*at;
		return jk_ji_int(j, next_value(j, values), "* wants int");
	}
	for (; *at < f->n && f->s[*at] >= '0' && f->s[*at] <= '9'; ++*at) {
		n = 10 * n + (f->s[*at] - '0');
		if (n > 1000000)
			jk_ji_fail(j, "width or precision too big");
	}
	return n;
}

/* Text of width and, for strings, precision in characters. */
static void
add_padded(struct jk_ji *j, struct jk_jbuf *b, struct jk_jv v,
    const struct spec *s)
{
	int64_t n, i;

	if (s->precision >= 0)
		v = jk_ji_slice(j, v, JV_NIL, jk_jv_int(s->precision),
		    JV_NIL);
	n = (int64_t)jk_jv_length(j, v);
	for (i = n; !s->minus && i < s->width; i++)
		jk_jbuf_adds(j, b, " ");
	jk_jbuf_str(j, b, v.str);
	for (i = n; s->minus && i < s->width; i++)
		jk_jbuf_adds(j, b, " ");
}

static void
add_number(struct jk_ji *j, struct jk_jbuf *b, struct jk_jv v,
    const struct spec *s)
{
	char format[32], text[512];
	int n;

	if (s->width > 400 || s->precision > 400 || s->width < 0)
		jk_ji_fail(j, "width or precision too big");
	if (!jk_jv_is_number(v))
		jk_ji_fail(j, "%%%c format: a number is required, not %s",
		    s->type, jk_jv_type_name(v));
	snprintf(format, sizeof format, "%%%s%s%s%s%s", s->minus ? "-" : "",
	    s->plus ? "+" : "", s->space ? " " : "",
	    s->alternate ? "#" : "", s->zero ? "0" : "");
	n = (int)strlen(format);
	if (s->width)
		n += snprintf(format + n, sizeof format - (size_t)n, "%d",
		    (int)s->width);
	if (s->precision >= 0)
		n += snprintf(format + n, sizeof format - (size_t)n, ".%d",
		    (int)s->precision);
	if (strchr("eEfFgG", s->type)) {
		snprintf(format + n, sizeof format - (size_t)n, "%c",
		    s->type);
		n = snprintf(text, sizeof text, format, jk_jv_real(v));
	} else {
		int64_t i;

		if (s->type != 'd' && (s->alternate || v.type == JV_FLOAT ||
		    (v.type == JV_INT && v.integer < 0)))
			jk_ji_fail(j, "%%%c of this value is not supported",
			    s->type);
		if (v.type == JV_FLOAT && !(v.real > -0x1p63 &&
		    v.real < 0x1p63))
			jk_ji_fail(j, "cannot convert float to integer");
		i = v.type == JV_FLOAT ? (int64_t)v.real :
		    jk_ji_int(j, v, "");
		snprintf(format + n, sizeof format - (size_t)n, "ll%c",
		    s->type);
		n = snprintf(text, sizeof text, format, (long long)i);
	}
	if (n < 0 || (size_t)n >= sizeof text)
		jk_ji_fail(j, "the number is too long");
	jk_jbuf_add(j, b, text, (size_t)n, false);
}

static struct spec
parse_spec(struct jk_ji *j, const struct jk_jstr *f, size_t at,
    struct values *values)
{
	struct spec s = { .precision = -1 };

	for (; at < f->n && strchr("-+ #0", f->s[at]) && f->s[at]; at++) {
		s.minus |= f->s[at] == '-';
		s.plus |= f->s[at] == '+';
		s.space |= f->s[at] == ' ';
		s.alternate |= f->s[at] == '#';
		s.zero |= f->s[at] == '0';
	}
	s.width = number(j, f, &at, values);
	if (s.width < 0) {
		s.minus = true;
		s.width = -s.width;
	}
	if (at < f->n && f->s[at] == '.') {
		at++;
		s.precision = number(j, f, &at, values);
		if (s.precision < 0)
			s.precision = 0;
	}
	while (at < f->n && (f->s[at] == 'l' || f->s[at] == 'h' ||
	    f->s[at] == 'L'))
		at++;
	if (at >= f->n)
		jk_ji_fail(j, "incomplete format");
	s.type = f->s[at];
	if (s.type == 'i' || s.type == 'u')
		s.type = 'd';
	s.end = at + 1;
	return s;
}

/* %(name): the value of that name; `at` moves behind it. */
static bool
named(struct jk_ji *j, const struct jk_jstr *f, size_t *at,
    struct values *values, struct jk_jv *v)
{
	const char *end;
	size_t n;

	if (*at >= f->n || f->s[*at] != '(')
		return false;
	end = memchr(f->s + *at, ')', f->n - *at);
	if (!end)
		jk_ji_fail(j, "incomplete format key");
	if (values->v.type != JV_DICT)
		jk_ji_fail(j, "format requires a mapping");
	n = (size_t)(end - f->s) - *at - 1;
	if (memchr(f->s + *at + 1, '(', n))
		jk_ji_fail(j, "a format key with parentheses is not "
		    "supported");
	*v = jk_jdict_get(j, values->v.dict, jk_jv_text(j, f->s + *at + 1,
	    n));
	if (v->type == JV_ABSENT)
		jk_ji_fail(j, "the format key is not there");
	*at += n + 2;
	values->by_name = true;
	return true;
}

struct jk_jv
jk_jstr_percent(struct jk_ji *j, const struct jk_jstr *f, struct jk_jv v)
{
	struct values values = { .v = v };
	struct jk_jbuf b = { 0 }, repr;
	size_t at = 0, from;
	struct spec s;
	bool has_name;

	if (f->markup)
		jk_ji_fail(j, "%% of a safe string is not supported");
	while (at < f->n) {
		for (from = at; at < f->n && f->s[at] != '%'; at++)
			;
		jk_jbuf_substr(j, &b, f, from, at);
		if (at == f->n)
			break;
		at++;
		has_name = named(j, f, &at, &values, &v);
		s = parse_spec(j, f, at, &values);
		at = s.end;
		if (s.type == '%') {
			jk_jbuf_adds(j, &b, "%");
			continue;
		}
		if (!s.type || !strchr("srdxXoeEfFgG", s.type))
			jk_ji_fail(j, "the format character '%c' is not "
			    "supported", s.type);
		if (!has_name)
			v = next_value(j, &values);
		if (s.type == 's') {
			add_padded(j, &b, jk_jv_string(j, v), &s);
		} else if (s.type == 'r') {
			repr = (struct jk_jbuf){ 0 };
			jk_jv_add_repr(j, &repr, v);
			add_padded(j, &b, jk_jbuf_take(j, &repr), &s);
		} else {
			add_number(j, &b, v, &s);
		}
	}
	/* Python lets pass what looks like a mapping, as these do */
	if (!values.by_name && values.v.type != JV_DICT &&
	    values.v.type != JV_UNDEFINED && !jk_jv_is(values.v, SEQ_RANGE) &&
	    values.next < (jk_jv_is(values.v, SEQ_TUPLE) ?
	    values.v.seq->n : 1) && !jk_jv_is(values.v, SEQ_LIST))
		jk_ji_fail(j, "not all arguments converted during string "
		    "formatting");
	return jk_jbuf_take(j, &b);
}

/* The value that {name!c} names, as text. */
static void
add_field(struct jk_ji *j, struct jk_jbuf *b, const char *s, size_t n,
    const struct jk_jargs *args, size_t *next)
{
	struct jk_jv v = JV_NO_VALUE;
	char conversion = 0;
	size_t i, index = 0;

	if (n >= 2 && s[n - 2] == '!') {
		conversion = s[n - 1];
		n -= 2;
	}
	for (i = 0; i < n; i++) {
		if (strchr(".[:!{", s[i]) || !s[i])
			jk_ji_fail(j, "this replacement field of format() is "
			    "not supported");
		index = s[i] >= '0' && s[i] <= '9' && index < 1000000 ?
		    index * 10 + (size_t)(s[i] - '0') : SIZE_MAX / 16;
	}
	if (!n) {
		if (*next == SIZE_MAX)
			jk_ji_fail(j, "cannot switch from manual field "
			    "specification to automatic field numbering");
		index = (*next)++;
	} else if (index < SIZE_MAX / 16) {
		if (*next && *next != SIZE_MAX)
			jk_ji_fail(j, "cannot switch from automatic field "
			    "numbering to manual field specification");
		*next = SIZE_MAX;
	}
	if (index < args->n) {
		v = args->v[index];
	} else {
		for (i = 0; i < args->n_named; i++) {
			if (strlen(args->names[i]) == n &&
			    memcmp(args->names[i], s, n) == 0)
				v = args->named[i];
		}
	}
	if (v.type == JV_ABSENT)
		jk_ji_fail(j, "format() has no value for a replacement field");
	if (conversion == 'r')
		jk_jv_add_repr(j, b, v);
	else if (conversion == 's' || !conversion)
		jk_jv_add_string(j, b, v);
	else
		jk_ji_fail(j, "this conversion of format() is not supported");
}

struct jk_jv
jk_jstr_format(struct jk_ji *j, const struct jk_jstr *f,
    const struct jk_jargs *args)
{
	struct jk_jbuf b = { 0 };
	size_t at = 0, from, next = 0;
	const char *end;

	while (at < f->n) {
		for (from = at; at < f->n && f->s[at] != '{' &&
		    f->s[at] != '}'; at++)
			;
		jk_jbuf_substr(j, &b, f, from, at);
		if (at == f->n)
			break;
		if (at + 1 < f->n && f->s[at + 1] == f->s[at]) {
			jk_jbuf_substr(j, &b, f, at, at + 1);
			at += 2;
			continue;
		}
		end = f->s[at] == '{' ? memchr(f->s + at, '}', f->n - at) :
		    NULL;
		if (!end)
			jk_ji_fail(j, "Single '%c' encountered in format "
			    "string", f->s[at]);
		add_field(j, &b, f->s + at + 1,
		    (size_t)(end - f->s) - at - 1, args, &next);
		at = (size_t)(end - f->s) + 1;
	}
	return jk_jbuf_take(j, &b);
}
