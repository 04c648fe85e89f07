#include "base/opt.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
jk_strings_add(struct jk_strings *s, const char *value, struct jk_err *err)
{
	const char **v = realloc(s->v, (s->n + 1) * sizeof *v);

	if (!v)
		return jk_fail_nomem(err);
	s->v = v;
	v[s->n++] = value;
	return 0;
}

int
jk_parse_int(const char *s, long long *value, struct jk_err *err)
{
	char *end;

	errno = 0;
	*value = strtoll(s, &end, 10);
	if (end == s || *end || errno)
		return jk_fail(err, JK_EUSAGE, "'%s' is not an integer", s);
	return 0;
}

int
jk_parse_real(const char *s, double *value, struct jk_err *err)
{
	char *end;

	errno = 0;
	*value = strtod(s, &end);
	if (end == s || *end || !isfinite(*value))
		return jk_fail(err, JK_EUSAGE, "'%s' is not a number", s);
	return 0;
}

int
jk_parse_size(const char *s, long long *value, struct jk_err *err)
{
	static const char units[] = "KMGT";
	const char *unit;
	double x;
	char *end;

	errno = 0;
	x = strtod(s, &end);
	if (end == s || !isfinite(x) || x < 0)
		goto bad;
	if (*end && (unit = strchr(units, *end & ~0x20)) != NULL) {
		x = ldexp(x, 10 * (int)(unit - units + 1));
		end++;
		if (*end == 'i')
			end++;
	}
	if (*end == 'B')
		end++;
	if (*end || x >= 0x1p62)
		goto bad;
	*value = (long long)x;
	return 0;
bad:
	return jk_fail(err, JK_EUSAGE,
	    "'%s' is not a size (such as 800M or 4G)", s);
}

int
jk_parse_share(const char *s, double *value, struct jk_err *err)
{
	char *end;

	*value = strtod(s, &end);
	if (end != s && *end == '%') {
		*value /= 100;
		end++;
	}
	if (end == s || *end || !(*value >= 0 && *value <= 1))
		return jk_fail(err, JK_EUSAGE,
		    "'%s' is not a share (such as 5%% or 0.05)", s);
	return 0;
}

static bool
is_choice(const char *choices, const char *s)
{
	size_t n = strlen(s), len;

	for (; *choices; choices += len + (choices[len] == '|')) {
		len = strcspn(choices, "|");
		if (len == n && memcmp(choices, s, n) == 0)
			return true;
	}
	return false;
}

static int
set_value(const struct jk_opt *o, const char *value, struct jk_err *err)
{
	long long i = 0;
	double x = 0;

	switch (o->kind) {
	case JK_OPT_STRING:
		*(const char **)o->dest = value;
		return 0;
	case JK_OPT_STRINGS:
		return jk_strings_add(o->dest, value, err);
	case JK_OPT_CHOICE:
		if (!is_choice(o->arg, value))
			return jk_fail(err, JK_EUSAGE, "'%s' is not one of %s",
			    value, o->arg);
		*(const char **)o->dest = value;
		return 0;
	case JK_OPT_SHARE:
		return jk_parse_share(value, o->dest, err);
	case JK_OPT_INT:
	case JK_OPT_SIZE:
		if ((o->kind == JK_OPT_INT ? jk_parse_int(value, &i, err)
		    : jk_parse_size(value, &i, err)) < 0)
			return -1;
		x = (double)i;
		break;
	case JK_OPT_REAL:
		if (jk_parse_real(value, &x, err) < 0)
			return -1;
		break;
	default:
		return jk_fail(err, JK_EUSAGE, "takes no value");
	}
	if (o->max > o->min && !(x >= o->min && x <= o->max))
		return jk_fail(err, JK_EUSAGE, "%s is outside %.15g to %.15g",
		    value, o->min, o->max);
	if (o->kind == JK_OPT_REAL)
		*(double *)o->dest = x;
	else
		*(long long *)o->dest = i;
	return 0;
}

static const struct jk_opt *
find_long(const struct jk_opt *o, const char *name, size_t n)
{
	for (; o->kind != JK_OPT_END; o++)
		if (o->name && strlen(o->name) == n &&
		    memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static const struct jk_opt *
find_letter(const struct jk_opt *o, char letter)
{
	for (; o->kind != JK_OPT_END; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

/* Tell the heading that option o of the table was given. */
static void
tell_group(const struct jk_opt *opts, const struct jk_opt *o)
{
	while (o-- > opts)
		if (o->kind == JK_OPT_GROUP && o->dest) {
			*(bool *)o->dest = true;
			return;
		}
}

/* One long option at argv[*i]; moves *i on when the value is the next word. */
static int
parse_long(const struct jk_opt *opts, int argc, char **argv, int *i,
    struct jk_err *err)
{
	const char *s = argv[*i] + 2, *value;
	size_t n = strcspn(s, "=");
	const struct jk_opt *o = find_long(opts, s, n);

	if (!o && strncmp(s, "no-", 3) == 0 && !s[n]) {
		o = find_long(opts, s + 3, n - 3);
		if (o && o->kind == JK_OPT_FLAG) {
			tell_group(opts, o);
			*(bool *)o->dest = false;
			return 0;
		}
		o = NULL;
	}
	if (!o)
		return jk_fail(err, JK_EUSAGE,
		    "unknown option --%.*s (see --help)", (int)n, s);
	tell_group(opts, o);
	if (o->kind == JK_OPT_FLAG) {
		if (s[n])
			return jk_fail(err, JK_EUSAGE, "--%s takes no value",
			    o->name);
		*(bool *)o->dest = true;
		return 0;
	}
	if (s[n]) {
		value = s + n + 1;
	} else {
		if (*i + 1 >= argc)
			return jk_fail(err, JK_EUSAGE, "--%s needs a value",
			    o->name);
		value = argv[++*i];
	}
	if (set_value(o, value, err) < 0)
		return jk_fail_prefix(err, "--%s", o->name);
	return 0;
}

/* A word of short options at argv[*i]. */
static int
parse_letters(const struct jk_opt *opts, int argc, char **argv, int *i,
    struct jk_err *err)
{
	const char *s, *value;
	const struct jk_opt *o;

	for (s = argv[*i] + 1; *s; s++) {
		o = find_letter(opts, *s);
		if (!o)
			return jk_fail(err, JK_EUSAGE,
			    "unknown option -%c (see --help)", *s);
		tell_group(opts, o);
		if (o->kind == JK_OPT_FLAG) {
			*(bool *)o->dest = true;
			continue;
		}
		if (s[1]) {
			value = s + 1;
		} else {
			if (*i + 1 >= argc)
				return jk_fail(err, JK_EUSAGE,
				    "-%c needs a value", *s);
			value = argv[++*i];
		}
		if (set_value(o, value, err) < 0)
			return jk_fail_prefix(err, "-%c", *s);
		return 0;
	}
	return 0;
}

int
jk_opt_parse(const struct jk_opt *opts, int argc, char **argv,
    struct jk_strings *operands, struct jk_err *err)
{
	bool only_operands = false;
	int i, r;

	*operands = (struct jk_strings){ 0 };
	for (i = 1; i < argc; i++) {
		if (only_operands || argv[i][0] != '-' || !argv[i][1]) {
			r = jk_strings_add(operands, argv[i], err);
		} else if (argv[i][1] != '-') {
			r = parse_letters(opts, argc, argv, &i, err);
		} else if (!argv[i][2]) {
			only_operands = true;
			r = 0;
		} else {
			r = parse_long(opts, argc, argv, &i, err);
		}
		if (r < 0)
			return -1;
	}
	return 0;
}

void
jk_opt_help(const struct jk_opt *opts, struct jk_buf *out)
{
	enum { COLUMN = 26 };
	const struct jk_opt *o;
	size_t start, width;

	for (o = opts; o->kind != JK_OPT_END; o++) {
		if (o->kind == JK_OPT_GROUP) {
			jk_buf_printf(out, "\n%s\n", o->help);
			continue;
		}
		start = out->len;
		if (o->letter)
			jk_buf_printf(out, "  -%c, ", o->letter);
		else
			jk_buf_adds(out, "  ");
		jk_buf_printf(out, "--%s", o->name);
		if (o->kind != JK_OPT_FLAG)
			jk_buf_printf(out, "=%s", o->arg ? o->arg : "VALUE");
		width = out->len - start;
		if (width + 2 > COLUMN) {
			jk_buf_addc(out, '\n');
			width = 0;
		}
		jk_buf_printf(out, "%*s%s\n", (int)(COLUMN - width), "",
		    o->help);
	}
}
