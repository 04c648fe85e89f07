#include "base/opt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt_hint.h"
#include "base/parse.h"

static const char AUTO[] = "auto";

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

/* Which of "a|b|c" it is; -1: none of them. */
static int
choice_of(const char *choices, const char *s)
{
	size_t n = strlen(s), len;
	int i;

	for (i = 0; *choices; i++, choices += len + (choices[len] == '|')) {
		len = strcspn(choices, "|");
		if (len == n && memcmp(choices, s, n) == 0)
			return i;
	}
	return -1;
}

static void
put_int(const struct jk_opt *o, void *dest, long long value)
{
	if (o->size == sizeof(bool))
		*(bool *)dest = value;
	else if (o->size == sizeof(int32_t))
		*(int32_t *)dest = (int32_t)value;
	else
		*(int64_t *)dest = value;
}

static int
set_choice(const struct jk_opt *o, void *dest, const char *value,
    struct jk_err *err)
{
	int i = choice_of(o->arg, value);

	if (i < 0)
		return jk_fail(err, JK_EUSAGE, "'%s' is not one of %s", value,
		    o->arg);
	if (o->kind == JK_OPT_CHOICE)
		*(const char **)dest = value;
	else if (o->kind == JK_OPT_SWITCH)
		*(bool *)dest = i == 0;
	else
		put_int(o, dest, i);
	return 0;
}

static bool
is_real(const struct jk_opt *o)
{
	return o->kind == JK_OPT_REAL || o->kind == JK_OPT_AUTO;
}

static int
set_number(const struct jk_opt *o, void *dest, const char *value,
    struct jk_err *err)
{
	long long i = 0;
	double x = 0;
	int r;

	if (is_real(o))
		r = jk_parse_real(value, &x, err);
	else if (o->kind == JK_OPT_INT)
		r = jk_parse_int(value, &i, err);
	else
		r = jk_parse_size(value, &i, err);
	if (r < 0)
		return -1;
	if (!is_real(o))
		x = (double)i;
	if (o->max > o->min && !(x >= o->min && x <= o->max))
		return jk_fail(err, JK_EUSAGE, "%s is outside %.15g to %.15g",
		    value, o->min, o->max);
	if (is_real(o))
		*(double *)dest = x;
	else
		put_int(o, dest, i);
	return 0;
}

static int
set_value(const struct jk_opt *o, void *dest, const char *value,
    struct jk_err *err)
{
	switch (o->kind) {
	case JK_OPT_STRING:
	case JK_OPT_INPUT:
	case JK_OPT_OUTPUT:
		*(const char **)dest = value;
		return 0;
	case JK_OPT_STRINGS:
	case JK_OPT_INPUTS:
		return jk_strings_add(dest, value, err);
	case JK_OPT_SHARE:
		return jk_parse_share(value, dest, err);
	case JK_OPT_CHOICE:
	case JK_OPT_ENUM:
	case JK_OPT_SWITCH:
		return set_choice(o, dest, value, err);
	case JK_OPT_AUTO:
		if (strcmp(value, AUTO) == 0) {
			*(double *)dest = (double)NAN;
			return 0;
		}
		return set_number(o, dest, value, err);
	default:
		return set_number(o, dest, value, err);
	}
}

static void *
dest_of(const struct jk_opts *t, const struct jk_opt *o)
{
	return (char *)t->base + o->at;
}

/* Whether a name is a row's, with '_' for '-'. */
static bool
names(const char *name, const char *row)
{
	while (*row && (*name == *row || (*name == '_' && *row == '-'))) {
		name++;
		row++;
	}
	return !*name && !*row;
}

/* What somebody meant by a name that no row has; or NULL. */
static const char *
meant(const struct jk_opts *t, const char *name, size_t n)
{
	const char *names[256];
	const struct jk_opt *o;
	size_t n_names = 0;

	for (; t->rows; t++)
		for (o = t->rows; o->kind != JK_OPT_END; o++)
			if (o->name && n_names < sizeof names / sizeof *names)
				names[n_names++] = o->name;
	return jk_opt_hint(names, n_names, name, n);
}

int
jk_opt_set(const struct jk_opt *rows, void *base, const char *name,
    const char *value, const char *others, struct jk_err *err)
{
	const struct jk_opts tables[] = { { rows, NULL, NULL },
		{ NULL, NULL, NULL } };
	struct jk_buf known = JK_BUF_INIT;
	const struct jk_opt *o;
	const char *hint, *c;

	for (o = rows; o->kind != JK_OPT_END; o++)
		if (o->name && o->kind != JK_OPT_FLAG && names(name, o->name))
			return set_value(o, (char *)base + o->at, value, err);
	hint = meant(tables, name, strlen(name));
	if (hint)
		return jk_fail(err, JK_EUSAGE, "unknown setting: is it %s?",
		    hint);
	jk_buf_adds(&known, others);
	for (o = rows; o->kind != JK_OPT_END; o++) {
		if (o->kind == JK_OPT_FLAG || !o->name)
			continue;
		jk_buf_adds(&known, known.len ? ", " : "");
		for (c = o->name; *c; c++)
			jk_buf_addc(&known, *c == '-' ? '_' : *c);
	}
	jk_fail(err, JK_EUSAGE, "unknown setting: there are %s",
	    jk_buf_str(&known));
	jk_buf_release(&known);
	return -1;
}

static int
set_presets(const struct jk_opts *tables, struct jk_err *err)
{
	const struct jk_opts *t;
	const struct jk_opt *o;

	for (t = tables; t->rows; t++)
		for (o = t->rows; o->kind != JK_OPT_END; o++) {
			if (!o->preset)
				continue;
			if (o->kind == JK_OPT_FLAG)
				*(bool *)dest_of(t, o) = true;
			else if (set_value(o, dest_of(t, o), o->preset, err)
			    < 0)
				return jk_fail_prefix(err, "--%s", o->name);
		}
	return 0;
}

/* A row and its table. */
struct found {
	const struct jk_opts *table;
	const struct jk_opt *row;	/* NULL: there is none */
};

static struct found
find_long(const struct jk_opts *t, const char *name, size_t n)
{
	const struct jk_opt *o;

	for (; t->rows; t++)
		for (o = t->rows; o->kind != JK_OPT_END; o++)
			if (o->name && strlen(o->name) == n &&
			    memcmp(o->name, name, n) == 0)
				return (struct found){ t, o };
	return (struct found){ NULL, NULL };
}

static struct found
find_letter(const struct jk_opts *t, char letter)
{
	const struct jk_opt *o;

	for (; t->rows; t++)
		for (o = t->rows; o->kind != JK_OPT_END; o++)
			if (o->letter && o->letter == letter)
				return (struct found){ t, o };
	return (struct found){ NULL, NULL };
}

/* Note that it was given; where its value goes. */
static void *
take(struct found f)
{
	if (f.table->given)
		*f.table->given |= 1ull << (f.row - f.table->rows);
	return dest_of(f.table, f.row);
}

/* One long option at argv[*i]; moves *i on when the value is the next word. */
static int
parse_long(const struct jk_opts *tables, int argc, char **argv, int *i,
    struct jk_err *err)
{
	const char *s = argv[*i] + 2, *value, *hint;
	size_t n = strcspn(s, "=");
	struct found f = find_long(tables, s, n);

	if (!f.row && strncmp(s, "no-", 3) == 0 && !s[n]) {
		f = find_long(tables, s + 3, n - 3);
		if (f.row && f.row->kind == JK_OPT_FLAG) {
			*(bool *)take(f) = false;
			return 0;
		}
		f.row = NULL;
	}
	if (!f.row && (hint = meant(tables, s, n)))
		return jk_fail(err, JK_EUSAGE, "unknown option --%.*s: is it "
		    "--%s? (see --help)", (int)n, s, hint);
	if (!f.row)
		return jk_fail(err, JK_EUSAGE,
		    "unknown option --%.*s (see --help)", (int)n, s);
	if (f.row->kind == JK_OPT_FLAG) {
		if (s[n])
			return jk_fail(err, JK_EUSAGE, "--%s takes no value",
			    f.row->name);
		*(bool *)take(f) = true;
		return 0;
	}
	if (s[n]) {
		value = s + n + 1;
	} else {
		if (*i + 1 >= argc)
			return jk_fail(err, JK_EUSAGE, "--%s needs a value",
			    f.row->name);
		value = argv[++*i];
	}
	if (set_value(f.row, take(f), value, err) < 0)
		return jk_fail_prefix(err, "--%s", f.row->name);
	return 0;
}

/* A word of short options at argv[*i]. */
static int
parse_letters(const struct jk_opts *tables, int argc, char **argv, int *i,
    struct jk_err *err)
{
	const char *s = argv[*i] + 1, *value;
	const int n = (int)strcspn(s, "=");
	struct found f;

	if (n > 1 && find_long(tables, s, (size_t)n).row)
		return jk_fail(err, JK_EUSAGE, "unknown option -%.*s: is it "
		    "--%.*s? (see --help)", n, s, n, s);
	for (; *s; s++) {
		f = find_letter(tables, *s);
		if (!f.row)
			return jk_fail(err, JK_EUSAGE,
			    "unknown option -%c (see --help)", *s);
		if (f.row->kind == JK_OPT_FLAG) {
			*(bool *)take(f) = true;
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
		if (set_value(f.row, take(f), value, err) < 0)
			return jk_fail_prefix(err, "-%c", *s);
		return 0;
	}
	return 0;
}

/*
 * What follows the dashes, if those are a typesetter's (U+2013 to U+2015), which
 * chats and word processors make of two hyphens; or NULL.
 */
static const char *
behind_dashes(const char *s)
{
	const char *at = s;

	while (at[0] == '\xe2' && at[1] == '\x80' && at[2] >= '\x93' &&
	    at[2] <= '\x95')
		at += 3;
	if (at == s || !*at)
		return NULL;
	return at + strspn(at, "-");
}

int
jk_opt_parse(const struct jk_opts *tables, int argc, char **argv,
    struct jk_strings *operands, struct jk_err *err)
{
	bool only_operands = false;
	const char *rest;
	int i, r;

	*operands = (struct jk_strings){ 0 };
	if (set_presets(tables, err) < 0)
		return -1;
	for (i = 1; i < argc; i++) {
		rest = only_operands ? NULL : behind_dashes(argv[i]);
		if (rest) {
			r = jk_fail(err, JK_EUSAGE, "%s begins with a dash: "
			    "write two hyphens, --%s", argv[i], rest);
		} else if (only_operands || argv[i][0] != '-' || !argv[i][1]) {
			r = jk_strings_add(operands, argv[i], err);
		} else if (argv[i][1] != '-') {
			r = parse_letters(tables, argc, argv, &i, err);
		} else if (!argv[i][2]) {
			only_operands = true;
			r = 0;
		} else {
			r = parse_long(tables, argc, argv, &i, err);
		}
		if (r < 0)
			return -1;
	}
	return 0;
}

bool
jk_opt_given(const struct jk_opt *rows, uint64_t given, const char *name)
{
	const struct jk_opt *o;

	for (o = rows; o->kind != JK_OPT_END; o++)
		if (o->name && strcmp(o->name, name) == 0)
			return given >> (o - rows) & 1;
	return false;
}

json_t *
jk_opt_json(const struct jk_opt *o, const void *base)
{
	const char *at = (const char *)base + o->at, *s = o->arg;
	int i;

	switch (o->kind) {
	case JK_OPT_FLAG:
	case JK_OPT_SWITCH:
		return json_boolean(*(const bool *)at);
	case JK_OPT_AUTO:
		if (isnan(*(const double *)at))
			return json_string(AUTO);
		return json_real(*(const double *)at);
	case JK_OPT_REAL:
	case JK_OPT_SHARE:
		return json_real(*(const double *)at);
	case JK_OPT_ENUM:
		i = o->size == sizeof(bool) ? *(const bool *)at :
		    *(const int *)at;
		for (; i > 0; i--)
			s += strcspn(s, "|") + 1;
		return json_stringn(s, strcspn(s, "|"));
	case JK_OPT_STRING:
	case JK_OPT_INPUT:
	case JK_OPT_OUTPUT:
	case JK_OPT_CHOICE:
		return jk_json_text(*(const char *const *)at);
	default:
		return json_integer(o->size == sizeof(int32_t) ?
		    *(const int32_t *)at : *(const int64_t *)at);
	}
}

void
jk_opt_help(const struct jk_opt *rows, struct jk_buf *out)
{
	enum { COLUMN = 26 };
	const struct jk_opt *o;
	size_t start, width;

	for (o = rows; o->kind != JK_OPT_END; o++) {
		if (o->kind == JK_OPT_GROUP) {
			if (out->len < 2 ||
			    memcmp(out->data + out->len - 2, "\n\n", 2) != 0)
				jk_buf_addc(out, '\n');
			jk_buf_printf(out, "%s\n", jk_tr(o->help));
			continue;
		}
		start = out->len;
		if (o->letter)
			jk_buf_printf(out, "  -%c, ", o->letter);
		else
			jk_buf_adds(out, "  ");
		jk_buf_printf(out, "--%s", o->name);
		if (o->kind != JK_OPT_FLAG)
			jk_buf_printf(out, "=%s", jk_tr(o->arg ? o->arg :
			    "VALUE"));
		width = jk_utf8_count(jk_buf_str(out) + start);
		if (width + 1 > COLUMN) {
			jk_buf_addc(out, '\n');
			width = 0;
		}
		jk_buf_printf(out, "%*s%s", (int)(COLUMN - width), "",
		    jk_tr(o->help));
		if (o->preset)
			jk_buf_printf(out, "%s(%s)", *o->help ? " " : "",
			    o->preset);
		jk_buf_addc(out, '\n');
	}
}
