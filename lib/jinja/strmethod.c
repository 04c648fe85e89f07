/* Methods of str. */

#include <string.h>

#include "jinja/call.h"

#define METHOD(name) static struct jk_value \
	name(struct jk_jinja_run *run, struct jk_value self, const struct jk_value *a, \
	    const struct jk_jinja_args *args)
#define UNUSED ((void)run, (void)self, (void)a, (void)args)

static bool
given(struct jk_value value)
{
	return value.type != JK_VALUE_ABSENT && value.type != JK_VALUE_NONE;
}

static struct jk_value
strip(struct jk_jinja_run *run, struct jk_value self, struct jk_value chars,
    int sides)
{
	return jk_str_strip(run, self.str, given(chars) ?
	    jk_value_as_str(run, chars, "strip()'s argument") : NULL, sides);
}

METHOD(str_strip)
{
	UNUSED;
	return strip(run, self, a[0], 3);
}

METHOD(str_lstrip)
{
	UNUSED;
	return strip(run, self, a[0], 1);
}

METHOD(str_rstrip)
{
	UNUSED;
	return strip(run, self, a[0], 2);
}

METHOD(str_upper)
{
	UNUSED;
	return jk_str_to_case(run, self.str, JK_CASE_UPPER);
}

METHOD(str_lower)
{
	UNUSED;
	return jk_str_to_case(run, self.str, JK_CASE_LOWER);
}

METHOD(str_capitalize)
{
	UNUSED;
	return jk_str_to_case(run, self.str, JK_CASE_CAPITALIZE);
}

METHOD(str_title)
{
	UNUSED;
	return jk_str_to_case(run, self.str, JK_CASE_TITLE);
}

METHOD(str_swapcase)
{
	UNUSED;
	return jk_str_to_case(run, self.str, JK_CASE_SWAP);
}

/* A run of white space at `at`: its length, 0 for none. */
static size_t
space_at(const struct jk_str *str, size_t at)
{
	size_t from = at;
	uint32_t code;
	unsigned len;

	while (at < str->n) {
		len = jk_utf8_decode(str->s + at, str->n - at, &code);
		if (!jk_code_is_space(code))
			break;
		at += len;
	}
	return at - from;
}

static size_t
code_length(const struct jk_str *str, size_t at)
{
	uint32_t code;

	return jk_utf8_decode(str->s + at, str->n - at, &code);
}

/* split() without a separator; from the right where `right`. */
static struct jk_value
split_space(struct jk_jinja_run *run, const struct jk_str *str, int64_t max,
    bool right)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	struct jk_span *word = NULL;
	size_t n = 0, cap = 0, at = 0, i, first, last;

	jk_jinja_spend(run, str->n / 64);
	for (;;) {
		at += space_at(str, at);
		if (at == str->n)
			break;
		if (n == cap) {
			word = jk_jinja_grow(run, word, n, 2 * cap + 8,
			    sizeof *word);
			cap = 2 * cap + 8;
		}
		jk_jinja_spend(run, 1);
		word[n].start = at;
		while (at < str->n && !space_at(str, at))
			at += code_length(str, at);
		word[n++].end = at;
	}
	/* words beyond `max` splits stay together, with the space around */
	first = 0;
	last = n;
	if (max >= 0 && n > (size_t)max) {
		if (right)
			first = n - (size_t)max;
		else
			last = (size_t)max;
	}
	if (first)
		jk_seq_add(run, all, jk_str_substr(run, str, 0,
		    word[first - 1].end));
	for (i = first; i < last; i++)
		jk_seq_add(run, all, jk_str_substr(run, str, word[i].start,
		    word[i].end));
	if (last < n)
		jk_seq_add(run, all, jk_str_substr(run, str, word[last].start,
		    str->n));
	return jk_value_seq(all);
}

METHOD(str_split)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	const struct jk_str *str = self.str, *by;
	int64_t max = a[1].type == JK_VALUE_ABSENT ? -1 :
	    jk_value_as_int(run, a[1], "maxsplit");
	size_t at = 0, found;

	UNUSED;
	if (!given(a[0]))
		return split_space(run, str, max, false);
	by = jk_value_as_str(run, a[0], "the separator");
	if (!by->n)
		jk_jinja_fail(run, "empty separator");
	for (; max != 0; max--) {
		found = jk_str_find(run, str, by, at, str->n);
		if (found == SIZE_MAX)
			break;
		jk_seq_add(run, all, jk_str_substr(run, str, at, found));
		at = found + by->n;
	}
	jk_seq_add(run, all, jk_str_substr(run, str, at, str->n));
	return jk_value_seq(all);
}

METHOD(str_rsplit)
{
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	const struct jk_str *str = self.str, *by;
	int64_t max = a[1].type == JK_VALUE_ABSENT ? -1 :
	    jk_value_as_int(run, a[1], "maxsplit");
	size_t end = str->n, found, i;

	UNUSED;
	if (!given(a[0]))
		return split_space(run, str, max, true);
	by = jk_value_as_str(run, a[0], "the separator");
	if (!by->n)
		jk_jinja_fail(run, "empty separator");
	for (; max != 0; max--) {
		found = jk_str_rfind(run, str, by, 0, end);
		if (found == SIZE_MAX)
			break;
		jk_seq_add(run, all, jk_str_substr(run, str, found + by->n,
		    end));
		end = found;
	}
	jk_seq_add(run, all, jk_str_substr(run, str, 0, end));
	for (i = 0; i < all->n / 2; i++) {
		struct jk_value value = all->v[i];

		all->v[i] = all->v[all->n - 1 - i];
		all->v[all->n - 1 - i] = value;
	}
	return jk_value_seq(all);
}

METHOD(str_splitlines)
{
	const struct jk_str *str = self.str;
	struct jk_seq *all = jk_seq_new(run, JK_SEQ_LIST, 0);
	bool keep = jk_value_is_true(a[0]);
	size_t from = 0, at = 0, end;
	uint32_t code;

	UNUSED;
	jk_jinja_spend(run, str->n / 64);
	while (at < str->n) {
		end = at;
		at += jk_utf8_decode(str->s + at, str->n - at, &code);
		if (!(code >= 0x0a && code <= 0x0d) &&
		    !(code >= 0x1c && code <= 0x1e) && code != 0x85 &&
		    code != 0x2028 && code != 0x2029)
			continue;
		if (code == '\r' && at < str->n && str->s[at] == '\n')
			at++;
		jk_seq_add(run, all, jk_str_substr(run, str, from,
		    keep ? at : end));
		from = at;
	}
	if (from < str->n)
		jk_seq_add(run, all, jk_str_substr(run, str, from, str->n));
	return jk_value_seq(all);
}

/* The bytes that the optional arguments start and end (characters) choose. */
static void
range(struct jk_jinja_run *run, const struct jk_str *str, struct jk_value start,
    struct jk_value end, size_t *from, size_t *to)
{
	int64_t n, i;

	*from = 0;
	*to = str->n;
	if (!given(start) && !given(end))
		return;
	n = (int64_t)jk_str_length(run, str);
	if (given(start)) {
		i = jk_value_as_int(run, start, "slice indices");
		i = i < 0 ? i + n : i;
		/* behind the end not even "" is found */
		*from = i > n ? SIZE_MAX :
		    jk_str_offset(str, i < 0 ? 0 : (size_t)i);
	}
	if (given(end)) {
		i = jk_value_as_int(run, end, "slice indices");
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

METHOD(str_startswith)
{
	size_t from, to;

	UNUSED;
	range(run, self.str, a[1], a[2], &from, &to);
	return jk_value_bool(affix(run, self.str, a[0], from, to, false));
}

METHOD(str_endswith)
{
	size_t from, to;

	UNUSED;
	range(run, self.str, a[1], a[2], &from, &to);
	return jk_value_bool(affix(run, self.str, a[0], from, to, true));
}

static struct jk_value
find(struct jk_jinja_run *run, struct jk_value self, const struct jk_value *a,
    bool last, bool must)
{
	const struct jk_str *what = jk_value_as_str(run, a[0],
	    "what is looked for");
	size_t from, to, at;
	struct jk_str head;

	range(run, self.str, a[1], a[2], &from, &to);
	at = last ? jk_str_rfind(run, self.str, what, from, to) :
	    jk_str_find(run, self.str, what, from, to);
	if (at == SIZE_MAX && must)
		jk_jinja_fail(run, "substring not found");
	if (at == SIZE_MAX)
		return jk_value_int(-1);
	head = (struct jk_str){ .s = self.str->s, .n = at };
	return jk_value_int((int64_t)jk_str_length(run, &head));
}

METHOD(str_find)
{
	UNUSED;
	return find(run, self, a, false, false);
}

METHOD(str_rfind)
{
	UNUSED;
	return find(run, self, a, true, false);
}

METHOD(str_index)
{
	UNUSED;
	return find(run, self, a, false, true);
}

METHOD(str_rindex)
{
	UNUSED;
	return find(run, self, a, true, true);
}

METHOD(str_count)
{
	const struct jk_str *what = jk_value_as_str(run, a[0],
	    "what is counted");
	size_t from, to, at;
	int64_t n = 0;

	UNUSED;
	range(run, self.str, a[1], a[2], &from, &to);
	if (!what->n)
		jk_jinja_fail(run, "count('') is not supported");
	while ((at = jk_str_find(run, self.str, what, from, to)) != SIZE_MAX) {
		jk_jinja_spend(run, 1);
		from = at + what->n;
		n++;
	}
	return jk_value_int(n);
}

METHOD(str_replace)
{
	UNUSED;
	return jk_str_replace(run, self.str, jk_value_as_str(run, a[0],
	    "replace()'s argument"), jk_value_as_str(run, a[1],
	    "replace()'s argument"), a[2].type == JK_VALUE_ABSENT ? -1 :
	    jk_value_as_int(run, a[2], "the count"));
}

METHOD(str_join)
{
	struct jk_seq *items = jk_value_iterate(run, a[0]);
	struct jk_strbuf buf = { 0 };
	size_t i;

	UNUSED;
	for (i = 0; i < items->n; i++) {
		if (items->v[i].type != JK_VALUE_STR)
			jk_jinja_fail(run, "sequence item %zu: expected str "
			    "instance, %s found", i,
			    jk_value_type_name(items->v[i]));
		if (i)
			jk_strbuf_add_str(run, &buf, self.str);
		jk_strbuf_add_str(run, &buf, items->v[i].str);
	}
	return jk_strbuf_take(run, &buf);
}

METHOD(str_format)
{
	UNUSED;
	return jk_str_format(run, self.str, args);
}

static struct jk_value
partition(struct jk_jinja_run *run, const struct jk_str *str,
    struct jk_value by, bool right)
{
	const struct jk_str *x = jk_value_as_str(run, by, "the separator");
	struct jk_seq *t = jk_seq_new(run, JK_SEQ_TUPLE, 3);
	size_t at;

	if (!x->n)
		jk_jinja_fail(run, "empty separator");
	at = right ? jk_str_rfind(run, str, x, 0, str->n) :
	    jk_str_find(run, str, x, 0, str->n);
	if (at == SIZE_MAX) {
		jk_seq_add(run, t, right ? jk_value_text(run, "", 0) :
		    jk_value_str(str));
		jk_seq_add(run, t, jk_value_text(run, "", 0));
		jk_seq_add(run, t, right ? jk_value_str(str) :
		    jk_value_text(run, "", 0));
	} else {
		jk_seq_add(run, t, jk_str_substr(run, str, 0, at));
		jk_seq_add(run, t, jk_value_str(x));
		jk_seq_add(run, t, jk_str_substr(run, str, at + x->n, str->n));
	}
	return jk_value_seq(t);
}

METHOD(str_partition)
{
	UNUSED;
	return partition(run, self.str, a[0], false);
}

METHOD(str_rpartition)
{
	UNUSED;
	return partition(run, self.str, a[0], true);
}

METHOD(str_removeprefix)
{
	const struct jk_str *str = self.str;
	const struct jk_str *x = jk_value_as_str(run, a[0], "the prefix");

	UNUSED;
	return affix(run, str, a[0], 0, str->n, false) ?
	    jk_str_substr(run, str, x->n, str->n) : self;
}

METHOD(str_removesuffix)
{
	const struct jk_str *str = self.str;
	const struct jk_str *x = jk_value_as_str(run, a[0], "the suffix");

	UNUSED;
	return affix(run, str, a[0], 0, str->n, true) ?
	    jk_str_substr(run, str, 0, str->n - x->n) : self;
}

/* Pad to a width in characters: `left` spaces of the padding go left. */
static struct jk_value
pad(struct jk_jinja_run *run, struct jk_value self, const struct jk_value *a,
    char side)
{
	int64_t n = (int64_t)jk_str_length(run, self.str), missing, left, i;
	int64_t width = jk_value_as_int(run, a[0], "the width");
	struct jk_strbuf buf = { 0 };
	struct jk_value fill = jk_value_text(run, " ", 1);

	if (a[1].type != JK_VALUE_ABSENT) {
		fill = jk_value_str(jk_value_as_str(run, a[1],
		    "the fill character"));
		if (jk_str_length(run, fill.str) != 1)
			jk_jinja_fail(run,
			    "The fill character must be exactly one "
			    "character long");
	}
	missing = width > n ? width - n : 0;
	left = side == 'l' ? 0 : side == 'r' ? missing :
	    missing / 2 + (missing & width & 1);
	for (i = 0; i < left; i++)
		jk_strbuf_add_str(run, &buf, fill.str);
	jk_strbuf_add_str(run, &buf, self.str);
	for (; i < missing; i++)
		jk_strbuf_add_str(run, &buf, fill.str);
	return jk_strbuf_take(run, &buf);
}

METHOD(str_center)
{
	UNUSED;
	return pad(run, self, a, 'c');
}

METHOD(str_ljust)
{
	UNUSED;
	return pad(run, self, a, 'l');
}

METHOD(str_rjust)
{
	UNUSED;
	return pad(run, self, a, 'r');
}

const struct jk_jinja_method jk_jinja_str_methods[] = {
	{ .name = "strip", .call = str_strip, .params = "chars" },
	{ .name = "lstrip", .call = str_lstrip, .params = "chars" },
	{ .name = "rstrip", .call = str_rstrip, .params = "chars" },
	{ .name = "upper", .call = str_upper, .params = "" },
	{ .name = "lower", .call = str_lower, .params = "" },
	{ .name = "capitalize", .call = str_capitalize, .params = "" },
	{ .name = "title", .call = str_title, .params = "" },
	{ .name = "swapcase", .call = str_swapcase, .params = "" },
	{ .name = "startswith", .call = str_startswith,
	    .params = "prefix start end", .required = 1 },
	{ .name = "endswith", .call = str_endswith,
	    .params = "suffix start end", .required = 1 },
	{ .name = "find", .call = str_find, .params = "sub start end",
	    .required = 1 },
	{ .name = "rfind", .call = str_rfind, .params = "sub start end",
	    .required = 1 },
	{ .name = "index", .call = str_index, .params = "sub start end",
	    .required = 1 },
	{ .name = "rindex", .call = str_rindex, .params = "sub start end",
	    .required = 1 },
	{ .name = "count", .call = str_count, .params = "sub start end",
	    .required = 1 },
	{ .name = "isalpha", .call = jk_str_is_alpha, .params = "" },
	{ .name = "isdigit", .call = jk_str_is_digit, .params = "" },
	{ .name = "isdecimal", .call = jk_str_is_decimal, .params = "" },
	{ .name = "isalnum", .call = jk_str_is_alnum, .params = "" },
	{ .name = "isspace", .call = jk_str_is_space, .params = "" },
	{ .name = "isupper", .call = jk_str_is_upper, .params = "" },
	{ .name = "islower", .call = jk_str_is_lower, .params = "" },
	/* those below treat Markup in ways of their own, which are refused */
	{ .name = "split", .call = str_split, .params = "sep maxsplit" },
	{ .name = "rsplit", .call = str_rsplit, .params = "sep maxsplit" },
	{ .name = "splitlines", .call = str_splitlines,
	    .params = "keepends" },
	{ .name = "replace", .call = str_replace, .params = "old new count",
	    .required = 2 },
	{ .name = "join", .call = str_join, .params = "iterable",
	    .required = 1 },
	{ .name = "format", .call = str_format },
	{ .name = "partition", .call = str_partition, .params = "sep",
	    .required = 1 },
	{ .name = "rpartition", .call = str_rpartition, .params = "sep",
	    .required = 1 },
	{ .name = "removeprefix", .call = str_removeprefix,
	    .params = "prefix", .required = 1 },
	{ .name = "removesuffix", .call = str_removesuffix,
	    .params = "suffix", .required = 1 },
	{ .name = "center", .call = str_center, .params = "width fillchar",
	    .required = 1 },
	{ .name = "ljust", .call = str_ljust, .params = "width fillchar",
	    .required = 1 },
	{ .name = "rjust", .call = str_rjust, .params = "width fillchar",
	    .required = 1 },
	{ 0 }
};
