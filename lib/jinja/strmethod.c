/* Methods of str. */

#include <string.h>

#include "jinja/strmethod.h"
#include "jinja/case.h"
#include "jinja/container.h"
#include "jinja/format.h"
#include "jinja/split.h"
#include "jinja/str.h"

static struct jk_value
strip(const struct jk_jinja_call *call, enum jk_strip sides)
{
	const struct jk_str *chars = jk_value_is_given(call->arg[0]) ?
	    jk_value_as_str(call->run, call->arg[0], "strip()'s argument") :
	    NULL;

	return jk_str_strip(call->run, call->self.str, chars, sides);
}

static struct jk_value
str_strip(const struct jk_jinja_call *call)
{
	return strip(call, JK_STRIP_BOTH);
}

static struct jk_value
str_lstrip(const struct jk_jinja_call *call)
{
	return strip(call, JK_STRIP_LEFT);
}

static struct jk_value
str_rstrip(const struct jk_jinja_call *call)
{
	return strip(call, JK_STRIP_RIGHT);
}

static struct jk_value
str_upper(const struct jk_jinja_call *call)
{
	return jk_str_to_case(call->run, call->self.str, JK_CASE_UPPER);
}

static struct jk_value
str_lower(const struct jk_jinja_call *call)
{
	return jk_str_to_case(call->run, call->self.str, JK_CASE_LOWER);
}

static struct jk_value
str_capitalize(const struct jk_jinja_call *call)
{
	return jk_str_to_case(call->run, call->self.str, JK_CASE_CAPITALIZE);
}

static struct jk_value
str_title(const struct jk_jinja_call *call)
{
	return jk_str_to_case(call->run, call->self.str, JK_CASE_TITLE);
}

static struct jk_value
str_swapcase(const struct jk_jinja_call *call)
{
	return jk_str_to_case(call->run, call->self.str, JK_CASE_SWAP);
}

static struct jk_value
is_kind(const struct jk_jinja_call *call, enum jk_str_kind kind)
{
	return jk_value_bool(jk_str_is(call->run, call->self.str, kind));
}

static struct jk_value
str_isalpha(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_ALPHA);
}

static struct jk_value
str_isdigit(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_DIGIT);
}

static struct jk_value
str_isdecimal(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_DECIMAL);
}

static struct jk_value
str_isalnum(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_ALNUM);
}

static struct jk_value
str_isspace(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_SPACE);
}

static struct jk_value
str_isupper(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_UPPER);
}

static struct jk_value
str_islower(const struct jk_jinja_call *call)
{
	return is_kind(call, JK_STR_LOWER);
}

/*
 * The bytes that the optional arguments behind the first, start and end in
 * characters, choose.
 */
static void
range(const struct jk_jinja_call *call, size_t *from, size_t *to)
{
	struct jk_value start = call->arg[1], end = call->arg[2];
	const struct jk_str *str = call->self.str;
	int64_t n, i;

	*from = 0;
	*to = str->n;
	if (!jk_value_is_given(start) && !jk_value_is_given(end))
		return;
	n = (int64_t)jk_str_length(call->run, str);
	if (jk_value_is_given(start)) {
		i = jk_value_as_int(call->run, start, "slice indices");
		i = i < 0 ? i + n : i;
		/* behind the end not even "" is found */
		*from = i > n ? SIZE_MAX :
		    jk_str_offset(str, i < 0 ? 0 : (size_t)i);
	}
	if (jk_value_is_given(end)) {
		i = jk_value_as_int(call->run, end, "slice indices");
		i = i < 0 ? i + n : i;
		*to = jk_str_offset(str, i < 0 ? 0 : (size_t)i);
	}
}

static bool
affix(struct jk_jinja_run *run, const struct jk_str *str, struct jk_value what,
    size_t from, size_t to, bool at_end)
{
	const struct jk_str *x;
	size_t i;

	if (jk_value_is_seq(what, JK_SEQ_TUPLE)) {
		for (i = 0; i < what.seq->n; i++) {
			if (affix(run, str, what.seq->v[i], from, to, at_end))
				return true;
		}
		return false;
	}
	x = jk_value_as_str(run, what, "the prefix or suffix");
	if (from > to || x->n > to - from)
		return false;
	return memcmp(str->s + (at_end ? to - x->n : from), x->s, x->n) == 0;
}

static struct jk_value
str_startswith(const struct jk_jinja_call *call)
{
	size_t from, to;

	range(call, &from, &to);
	return jk_value_bool(affix(call->run, call->self.str, call->arg[0],
	    from, to, false));
}

static struct jk_value
str_endswith(const struct jk_jinja_call *call)
{
	size_t from, to;

	range(call, &from, &to);
	return jk_value_bool(affix(call->run, call->self.str, call->arg[0],
	    from, to, true));
}

/* Where arg[0] begins, in characters, or -1. */
static int64_t
find(const struct jk_jinja_call *call, bool last)
{
	const struct jk_str *str = call->self.str;
	const struct jk_str *what = jk_value_as_str(call->run, call->arg[0],
	    "what is looked for");
	size_t from, to, at;
	struct jk_str head;

	range(call, &from, &to);
	at = last ? jk_str_rfind(call->run, str, what, from, to) :
	    jk_str_find(call->run, str, what, from, to);
	if (at == SIZE_MAX)
		return -1;
	head = (struct jk_str){ .s = str->s, .n = at };
	return (int64_t)jk_str_length(call->run, &head);
}

static struct jk_value
str_find(const struct jk_jinja_call *call)
{
	return jk_value_int(find(call, false));
}

static struct jk_value
str_rfind(const struct jk_jinja_call *call)
{
	return jk_value_int(find(call, true));
}

static struct jk_value
index_of(const struct jk_jinja_call *call, bool last)
{
	int64_t i = find(call, last);

	if (i < 0)
		jk_jinja_fail(call->run, "substring not found");
	return jk_value_int(i);
}

static struct jk_value
str_index(const struct jk_jinja_call *call)
{
	return index_of(call, false);
}

static struct jk_value
str_rindex(const struct jk_jinja_call *call)
{
	return index_of(call, true);
}

static struct jk_value
str_count(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	const struct jk_str *what = jk_value_as_str(run, call->arg[0],
	    "what is counted");
	size_t from, to, at;
	int64_t n = 0;

	range(call, &from, &to);
	if (!what->n)
		jk_jinja_fail(run, "count('') is not supported");
	while ((at = jk_str_find(run, call->self.str, what, from, to)) !=
	    SIZE_MAX) {
		jk_jinja_spend(run, 1);
		from = at + what->n;
		n++;
	}
	return jk_value_int(n);
}

static struct jk_value
str_replace(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	int64_t count = jk_value_as_int(run, jk_value_or(call->arg[2],
	    jk_value_int(-1)), "the count");
	const struct jk_str *new = jk_value_as_str(run, call->arg[1],
	    "replace()'s argument");
	const struct jk_str *old = jk_value_as_str(run, call->arg[0],
	    "replace()'s argument");

	return jk_str_replace(run, call->self.str, old, new, count);
}

static struct jk_value
str_join(const struct jk_jinja_call *call)
{
	struct jk_jinja_run *run = call->run;
	struct jk_seq *items = jk_value_iterate(run, call->arg[0]);
	struct jk_strbuf buf = { 0 };
	size_t i;

	for (i = 0; i < items->n; i++) {
		if (items->v[i].type != JK_VALUE_STR)
			jk_jinja_fail(run, "sequence item %zu: expected str "
			    "instance, %s found", i,
			    jk_value_type_name(items->v[i]));
		if (i)
			jk_strbuf_add_str(run, &buf, call->self.str);
		jk_strbuf_add_str(run, &buf, items->v[i].str);
	}
	return jk_strbuf_take(run, &buf);
}

static struct jk_value
str_format(const struct jk_jinja_call *call)
{
	return jk_str_format(call->run, call->self.str, call->args);
}

/* split() where the separator and the number of cuts are optional. */
static struct jk_value
split(const struct jk_jinja_call *call, bool right)
{
	int64_t max = jk_value_as_int(call->run, jk_value_or(call->arg[1],
	    jk_value_int(-1)), "maxsplit");
	const struct jk_str *by = jk_value_is_given(call->arg[0]) ?
	    jk_value_as_str(call->run, call->arg[0], "the separator") : NULL;

	return jk_str_split(call->run, call->self.str, by, max, right);
}

static struct jk_value
str_split(const struct jk_jinja_call *call)
{
	return split(call, false);
}

static struct jk_value
str_rsplit(const struct jk_jinja_call *call)
{
	return split(call, true);
}

static struct jk_value
str_splitlines(const struct jk_jinja_call *call)
{
	return jk_str_splitlines(call->run, call->self.str,
	    jk_value_is_true(call->arg[0]));
}

static struct jk_value
str_partition(const struct jk_jinja_call *call)
{
	return jk_str_partition(call->run, call->self.str,
	    jk_value_as_str(call->run, call->arg[0], "the separator"), false);
}

static struct jk_value
str_rpartition(const struct jk_jinja_call *call)
{
	return jk_str_partition(call->run, call->self.str,
	    jk_value_as_str(call->run, call->arg[0], "the separator"), true);
}

static struct jk_value
str_removeprefix(const struct jk_jinja_call *call)
{
	const struct jk_str *str = call->self.str;
	const struct jk_str *prefix = jk_value_as_str(call->run, call->arg[0],
	    "the prefix");

	return affix(call->run, str, call->arg[0], 0, str->n, false) ?
	    jk_str_substr(call->run, str, prefix->n, str->n) : call->self;
}

static struct jk_value
str_removesuffix(const struct jk_jinja_call *call)
{
	const struct jk_str *str = call->self.str;
	const struct jk_str *suffix = jk_value_as_str(call->run, call->arg[0],
	    "the suffix");

	return affix(call->run, str, call->arg[0], 0, str->n, true) ?
	    jk_str_substr(call->run, str, 0, str->n - suffix->n) : call->self;
}

/* Where the text stands in its width. */
enum align { LEFT, RIGHT, CENTER };

static struct jk_value
pad(struct jk_jinja_run *run, const struct jk_str *str, struct jk_value width,
    struct jk_value fill, enum align align)
{
	int64_t n = (int64_t)jk_str_length(run, str), missing, before, i;
	int64_t wanted = jk_value_as_int(run, width, "the width");
	struct jk_strbuf buf = { 0 };
	const struct jk_str *by = fill.type == JK_VALUE_ABSENT ?
	    jk_value_text(run, " ", 1).str :
	    jk_value_as_str(run, fill, "the fill character");

	if (jk_str_length(run, by) != 1)
		jk_jinja_fail(run, "The fill character must be exactly one "
		    "character long");
	missing = wanted > n ? wanted - n : 0;
	before = align == LEFT ? 0 : align == RIGHT ? missing :
	    missing / 2 + (missing & wanted & 1);
	for (i = 0; i < before; i++)
		jk_strbuf_add_str(run, &buf, by);
	jk_strbuf_add_str(run, &buf, str);
	for (; i < missing; i++)
		jk_strbuf_add_str(run, &buf, by);
	return jk_strbuf_take(run, &buf);
}

struct jk_value
jk_str_center(struct jk_jinja_run *run, const struct jk_str *str,
    struct jk_value width, struct jk_value fill)
{
	return pad(run, str, width, fill, CENTER);
}

static struct jk_value
str_center(const struct jk_jinja_call *call)
{
	return jk_str_center(call->run, call->self.str, call->arg[0],
	    call->arg[1]);
}

static struct jk_value
str_ljust(const struct jk_jinja_call *call)
{
	return pad(call->run, call->self.str, call->arg[0], call->arg[1],
	    LEFT);
}

static struct jk_value
str_rjust(const struct jk_jinja_call *call)
{
	return pad(call->run, call->self.str, call->arg[0], call->arg[1],
	    RIGHT);
}

const struct jk_jinja_builtin jk_jinja_str_methods[] = {
	{ "strip", str_strip, "chars", 0 },
	{ "lstrip", str_lstrip, "chars", 0 },
	{ "rstrip", str_rstrip, "chars", 0 },
	{ "upper", str_upper, "", 0 },
	{ "lower", str_lower, "", 0 },
	{ "capitalize", str_capitalize, "", 0 },
	{ "title", str_title, "", 0 },
	{ "swapcase", str_swapcase, "", 0 },
	{ "startswith", str_startswith, "prefix start end", 1 },
	{ "endswith", str_endswith, "suffix start end", 1 },
	{ "find", str_find, "sub start end", 1 },
	{ "rfind", str_rfind, "sub start end", 1 },
	{ "index", str_index, "sub start end", 1 },
	{ "rindex", str_rindex, "sub start end", 1 },
	{ "count", str_count, "sub start end", 1 },
	{ "isalpha", str_isalpha, "", 0 },
	{ "isdigit", str_isdigit, "", 0 },
	{ "isdecimal", str_isdecimal, "", 0 },
	{ "isalnum", str_isalnum, "", 0 },
	{ "isspace", str_isspace, "", 0 },
	{ "isupper", str_isupper, "", 0 },
	{ "islower", str_islower, "", 0 },
	{ 0 }
};

const struct jk_jinja_builtin jk_jinja_plain_str_methods[] = {
	{ "split", str_split, "sep maxsplit", 0 },
	{ "rsplit", str_rsplit, "sep maxsplit", 0 },
	{ "splitlines", str_splitlines, "keepends", 0 },
	{ "replace", str_replace, "old new count", 2 },
	{ "join", str_join, "iterable", 1 },
	{ "format", str_format, NULL, 0 },
	{ "partition", str_partition, "sep", 1 },
	{ "rpartition", str_rpartition, "sep", 1 },
	{ "removeprefix", str_removeprefix, "prefix", 1 },
	{ "removesuffix", str_removesuffix, "suffix", 1 },
	{ "center", str_center, "width fillchar", 1 },
	{ "ljust", str_ljust, "width fillchar", 1 },
	{ "rjust", str_rjust, "width fillchar", 1 },
	{ 0 }
};
