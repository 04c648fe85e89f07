/* Methods of str. */

#include <string.h>

#include "jinja/call.h"

#define METHOD(name) static struct jk_jv \
	name(struct jk_ji *j, struct jk_jv self, const struct jk_jv *a, \
	    const struct jk_jargs *args)
#define UNUSED ((void)j, (void)self, (void)a, (void)args)

static bool
given(struct jk_jv v)
{
	return v.type != JV_ABSENT && v.type != JV_NONE;
}

static struct jk_jv
strip(struct jk_ji *j, struct jk_jv self, struct jk_jv chars, int sides)
{
	return jk_jstr_strip(j, self.str, given(chars) ?
	    jk_ji_str(j, chars, "strip()'s argument") : NULL, sides);
}

METHOD(str_strip)
{
	UNUSED;
	return strip(j, self, a[0], 3);
}

METHOD(str_lstrip)
{
	UNUSED;
	return strip(j, self, a[0], 1);
}

METHOD(str_rstrip)
{
	UNUSED;
	return strip(j, self, a[0], 2);
}

METHOD(str_upper)
{
	UNUSED;
	return jk_jstr_case(j, self.str, CASE_UPPER);
}

METHOD(str_lower)
{
	UNUSED;
	return jk_jstr_case(j, self.str, CASE_LOWER);
}

METHOD(str_capitalize)
{
	UNUSED;
	return jk_jstr_case(j, self.str, CASE_CAPITALIZE);
}

METHOD(str_title)
{
	UNUSED;
	return jk_jstr_case(j, self.str, CASE_TITLE);
}

METHOD(str_swapcase)
{
	UNUSED;
	return jk_jstr_case(j, self.str, CASE_SWAP);
}

/* A run of white space at `at`: its length, 0 for none. */
static size_t
space_at(const struct jk_jstr *s, size_t at)
{
	size_t from = at;
	uint32_t code;
	unsigned len;

	while (at < s->n) {
		len = jk_utf8_decode(s->s + at, s->n - at, &code);
		if (!jk_code_is_space(code))
			break;
		at += len;
	}
	return at - from;
}

static size_t
code_length(const struct jk_jstr *s, size_t at)
{
	uint32_t code;

	return jk_utf8_decode(s->s + at, s->n - at, &code);
}

/* split() without a separator; from the right where `right`. */
static struct jk_jv
split_space(struct jk_ji *j, const struct jk_jstr *s, int64_t max, bool right)
{
	struct jk_jseq *all = jk_jseq_new(j, SEQ_LIST, 0);
	struct jk_span *word = NULL;
	size_t n = 0, cap = 0, at = 0, i, first, last;

	jk_ji_steps(j, s->n / 64);
	for (;;) {
		at += space_at(s, at);
		if (at == s->n)
			break;
		if (n == cap) {
			word = jk_ji_grow(j, word, n, 2 * cap + 8,
			    sizeof *word);
			cap = 2 * cap + 8;
		}
		jk_ji_steps(j, 1);
		word[n].start = at;
		while (at < s->n && !space_at(s, at))
			at += code_length(s, at);
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
		jk_jseq_add(j, all, jk_jv_substr(j, s, 0,
		    word[first - 1].end));
	for (i = first; i < last; i++)
		jk_jseq_add(j, all, jk_jv_substr(j, s, word[i].start,
		    word[i].end));
	if (last < n)
		jk_jseq_add(j, all, jk_jv_substr(j, s, word[last].start,
		    s->n));
	return jk_jv_seq(all);
}

METHOD(str_split)
{
	struct jk_jseq *all = jk_jseq_new(j, SEQ_LIST, 0);
	const struct jk_jstr *s = self.str, *by;
	int64_t max = a[1].type == JV_ABSENT ? -1 :
	    jk_ji_int(j, a[1], "maxsplit");
	size_t at = 0, found;

	UNUSED;
	if (!given(a[0]))
		return split_space(j, s, max, false);
	by = jk_ji_str(j, a[0], "the separator");
	if (!by->n)
		jk_ji_fail(j, "empty separator");
	for (; max != 0; max--) {
		found = jk_jstr_find(j, s, by, at, s->n);
		if (found == SIZE_MAX)
			break;
		jk_jseq_add(j, all, jk_jv_substr(j, s, at, found));
		at = found + by->n;
	}
	jk_jseq_add(j, all, jk_jv_substr(j, s, at, s->n));
	return jk_jv_seq(all);
}

METHOD(str_rsplit)
{
	struct jk_jseq *all = jk_jseq_new(j, SEQ_LIST, 0);
	const struct jk_jstr *s = self.str, *by;
	int64_t max = a[1].type == JV_ABSENT ? -1 :
	    jk_ji_int(j, a[1], "maxsplit");
	size_t end = s->n, found, i;

	UNUSED;
	if (!given(a[0]))
		return split_space(j, s, max, true);
	by = jk_ji_str(j, a[0], "the separator");
	if (!by->n)
		jk_ji_fail(j, "empty separator");
	for (; max != 0; max--) {
		found = jk_jstr_rfind(j, s, by, 0, end);
		if (found == SIZE_MAX)
			break;
		jk_jseq_add(j, all, jk_jv_substr(j, s, found + by->n, end));
		end = found;
	}
	jk_jseq_add(j, all, jk_jv_substr(j, s, 0, end));
	for (i = 0; i < all->n / 2; i++) {
		struct jk_jv v = all->v[i];

		all->v[i] = all->v[all->n - 1 - i];
		all->v[all->n - 1 - i] = v;
	}
	return jk_jv_seq(all);
}

METHOD(str_splitlines)
{
	const struct jk_jstr *s = self.str;
	struct jk_jseq *all = jk_jseq_new(j, SEQ_LIST, 0);
	bool keep = jk_jv_truth(a[0]);
	size_t from = 0, at = 0, end;
	uint32_t code;

	UNUSED;
	jk_ji_steps(j, s->n / 64);
	while (at < s->n) {
		end = at;
		at += jk_utf8_decode(s->s + at, s->n - at, &code);
		if (!(code >= 0x0a && code <= 0x0d) &&
		    !(code >= 0x1c && code <= 0x1e) && code != 0x85 &&
		    code != 0x2028 && code != 0x2029)
			continue;
		if (code == '\r' && at < s->n && s->s[at] == '\n')
			at++;
		jk_jseq_add(j, all, jk_jv_substr(j, s, from,
		    keep ? at : end));
		from = at;
	}
	if (from < s->n)
		jk_jseq_add(j, all, jk_jv_substr(j, s, from, s->n));
	return jk_jv_seq(all);
}

/* The bytes that the optional arguments start and end (characters) choose. */
static void
range(struct jk_ji *j, const struct jk_jstr *s, struct jk_jv start,
    struct jk_jv end, size_t *from, size_t *to)
{
	int64_t n, i;

	*from = 0;
	*to = s->n;
	if (!given(start) && !given(end))
		return;
	n = (int64_t)jk_jstr_length(j, s);
	if (given(start)) {
		i = jk_ji_int(j, start, "slice indices");
		i = i < 0 ? i + n : i;
		/* behind the end not even "" is found */
		*from = i > n ? SIZE_MAX :
		    jk_jstr_offset(s, i < 0 ? 0 : (size_t)i);
	}
	if (given(end)) {
		i = jk_ji_int(j, end, "slice indices");
		i = i < 0 ? i + n : i;
		*to = jk_jstr_offset(s, i < 0 ? 0 : (size_t)i);
	}
}

static bool
affix(struct jk_ji *j, const struct jk_jstr *s, struct jk_jv what, size_t from,
    size_t to, bool at_end)
{
	const struct jk_jstr *x;
	size_t i;

	if (jk_jv_is(what, SEQ_TUPLE)) {
		for (i = 0; i < what.seq->n; i++) {
			if (affix(j, s, what.seq->v[i], from, to, at_end))
				return true;
		}
		return false;
	}
	x = jk_ji_str(j, what, "the prefix or suffix");
	if (from > to || x->n > to - from)
		return false;
	return memcmp(s->s + (at_end ? to - x->n : from), x->s, x->n) == 0;
}

METHOD(str_startswith)
{
	size_t from, to;

	UNUSED;
	range(j, self.str, a[1], a[2], &from, &to);
	return jk_jv_bool(affix(j, self.str, a[0], from, to, false));
}

METHOD(str_endswith)
{
	size_t from, to;

	UNUSED;
	range(j, self.str, a[1], a[2], &from, &to);
	return jk_jv_bool(affix(j, self.str, a[0], from, to, true));
}

static struct jk_jv
find(struct jk_ji *j, struct jk_jv self, const struct jk_jv *a, bool last,
    bool must)
{
	const struct jk_jstr *what = jk_ji_str(j, a[0], "what is looked for");
	size_t from, to, at;
	struct jk_jstr head;

	range(j, self.str, a[1], a[2], &from, &to);
	at = last ? jk_jstr_rfind(j, self.str, what, from, to) :
	    jk_jstr_find(j, self.str, what, from, to);
	if (at == SIZE_MAX && must)
		jk_ji_fail(j, "substring not found");
	if (at == SIZE_MAX)
		return jk_jv_int(-1);
	head = (struct jk_jstr){ .s = self.str->s, .n = at };
	return jk_jv_int((int64_t)jk_jstr_length(j, &head));
}

METHOD(str_find)
{
	UNUSED;
	return find(j, self, a, false, false);
}

METHOD(str_rfind)
{
	UNUSED;
	return find(j, self, a, true, false);
}

METHOD(str_index)
{
	UNUSED;
	return find(j, self, a, false, true);
}

METHOD(str_rindex)
{
	UNUSED;
	return find(j, self, a, true, true);
}

METHOD(str_count)
{
	const struct jk_jstr *what = jk_ji_str(j, a[0], "what is counted");
	size_t from, to, at;
	int64_t n = 0;

	UNUSED;
	range(j, self.str, a[1], a[2], &from, &to);
	if (!what->n)
		jk_ji_fail(j, "count('') is not supported");
	while ((at = jk_jstr_find(j, self.str, what, from, to)) != SIZE_MAX) {
		jk_ji_steps(j, 1);
		from = at + what->n;
		n++;
	}
	return jk_jv_int(n);
}

METHOD(str_replace)
{
	UNUSED;
	return jk_jstr_replace(j, self.str, jk_ji_str(j, a[0], "replace()'s "
	    "argument"), jk_ji_str(j, a[1], "replace()'s argument"),
	    a[2].type == JV_ABSENT ? -1 : jk_ji_int(j, a[2], "the count"));
}

METHOD(str_join)
{
	struct jk_jseq *items = jk_jv_iterate(j, a[0]);
	struct jk_jbuf b = { 0 };
	size_t i;

	UNUSED;
	for (i = 0; i < items->n; i++) {
		if (items->v[i].type != JV_STR)
			jk_ji_fail(j, "sequence item %zu: expected str "
			    "instance, %s found", i,
			    jk_jv_type_name(items->v[i]));
		if (i)
			jk_jbuf_str(j, &b, self.str);
		jk_jbuf_str(j, &b, items->v[i].str);
	}
	return jk_jbuf_take(j, &b);
}

METHOD(str_format)
{
	UNUSED;
	return jk_jstr_format(j, self.str, args);
}

static struct jk_jv
partition(struct jk_ji *j, const struct jk_jstr *s, struct jk_jv by,
    bool right)
{
	const struct jk_jstr *x = jk_ji_str(j, by, "the separator");
	struct jk_jseq *t = jk_jseq_new(j, SEQ_TUPLE, 3);
	size_t at;

	if (!x->n)
		jk_ji_fail(j, "empty separator");
	at = right ? jk_jstr_rfind(j, s, x, 0, s->n) :
	    jk_jstr_find(j, s, x, 0, s->n);
	if (at == SIZE_MAX) {
		jk_jseq_add(j, t, right ? jk_jv_text(j, "", 0) :
		    jk_jv_str(s));
		jk_jseq_add(j, t, jk_jv_text(j, "", 0));
		jk_jseq_add(j, t, right ? jk_jv_str(s) :
		    jk_jv_text(j, "", 0));
	} else {
		jk_jseq_add(j, t, jk_jv_substr(j, s, 0, at));
		jk_jseq_add(j, t, jk_jv_str(x));
		jk_jseq_add(j, t, jk_jv_substr(j, s, at + x->n, s->n));
	}
	return jk_jv_seq(t);
}

METHOD(str_partition)
{
	UNUSED;
	return partition(j, self.str, a[0], false);
}

METHOD(str_rpartition)
{
	UNUSED;
	return partition(j, self.str, a[0], true);
}

METHOD(str_removeprefix)
{
	const struct jk_jstr *s = self.str;
	const struct jk_jstr *x = jk_ji_str(j, a[0], "the prefix");

	UNUSED;
	return affix(j, s, a[0], 0, s->n, false) ?
	    jk_jv_substr(j, s, x->n, s->n) : self;
}

METHOD(str_removesuffix)
{
	const struct jk_jstr *s = self.str;
	const struct jk_jstr *x = jk_ji_str(j, a[0], "the suffix");

	UNUSED;
	return affix(j, s, a[0], 0, s->n, true) ?
	    jk_jv_substr(j, s, 0, s->n - x->n) : self;
}

/* Pad to a width in characters: `left` spaces of the padding go left. */
static struct jk_jv
pad(struct jk_ji *j, struct jk_jv self, const struct jk_jv *a, char side)
{
	int64_t n = (int64_t)jk_jstr_length(j, self.str), missing, left, i;
	int64_t width = jk_ji_int(j, a[0], "the width");
	struct jk_jbuf b = { 0 };
	struct jk_jv fill = jk_jv_text(j, " ", 1);

	if (a[1].type != JV_ABSENT) {
		fill = jk_jv_str(jk_ji_str(j, a[1], "the fill character"));
		if (jk_jstr_length(j, fill.str) != 1)
			jk_ji_fail(j, "The fill character must be exactly one "
			    "character long");
	}
	missing = width > n ? width - n : 0;
	left = side == 'l' ? 0 : side == 'r' ? missing :
	    missing / 2 + (missing & width & 1);
	for (i = 0; i < left; i++)
		jk_jbuf_str(j, &b, fill.str);
	jk_jbuf_str(j, &b, self.str);
	for (; i < missing; i++)
		jk_jbuf_str(j, &b, fill.str);
	return jk_jbuf_take(j, &b);
}

METHOD(str_center)
{
	UNUSED;
	return pad(j, self, a, 'c');
}

METHOD(str_ljust)
{
	UNUSED;
	return pad(j, self, a, 'l');
}

METHOD(str_rjust)
{
	UNUSED;
	return pad(j, self, a, 'r');
}

const struct jk_jmethod jk_jinja_str_methods[] = {
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
	{ .name = "isalpha", .call = jk_jstr_is_alpha, .params = "" },
	{ .name = "isdigit", .call = jk_jstr_is_digit, .params = "" },
	{ .name = "isdecimal", .call = jk_jstr_is_decimal, .params = "" },
	{ .name = "isalnum", .call = jk_jstr_is_alnum, .params = "" },
	{ .name = "isspace", .call = jk_jstr_is_space, .params = "" },
	{ .name = "isupper", .call = jk_jstr_is_upper, .params = "" },
	{ .name = "islower", .call = jk_jstr_is_lower, .params = "" },
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
