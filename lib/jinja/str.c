/* Strings and the ranges of content in them. */

#include <string.h>

#include "base/buf.h"
#include "jinja/str.h"

void
jk_strbuf_add(struct jk_jinja_run *run, struct jk_strbuf *buf, const char *s,
    size_t n, unsigned origin)
{
	struct jk_str_range *last;

	if (!n)
		return;
	jk_jinja_spend(run, 1 + n / JK_JINJA_STEP_BYTES);
	if (n > buf->cap - buf->n) {
		size_t cap = buf->cap + buf->cap / 2 + n + 32;

		buf->s = jk_jinja_grow(run, buf->s, buf->n, cap, 1);
		buf->cap = cap;
	}
	memcpy(buf->s + buf->n, s, n);
	buf->n += n;
	if (origin == JK_FROM_TEMPLATE)
		return;
	last = buf->n_content ? &buf->content[buf->n_content - 1] : NULL;
	if (last && last->end == buf->n - n && last->origin == origin) {
		last->end = buf->n;
		return;
	}
	if (buf->n_content == buf->cap_content) {
		size_t cap = 2 * buf->cap_content + 4;

		buf->content = jk_jinja_grow(run, buf->content, buf->n_content,
		    cap, sizeof *buf->content);
		buf->cap_content = cap;
	}
	buf->content[buf->n_content++] = (struct jk_str_range){ buf->n - n,
		buf->n, origin };
}

void
jk_strbuf_adds(struct jk_jinja_run *run, struct jk_strbuf *buf, const char *s)
{
	jk_strbuf_add(run, buf, s, strlen(s), JK_FROM_TEMPLATE);
}

/* First range that ends behind byte `at`. */
static size_t
first_range(const struct jk_str *str, size_t at)
{
	size_t low = 0, high = str->n_content, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (str->content[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
jk_strbuf_add_substr(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str, size_t from, size_t to)
{
	size_t i = first_range(str, from), end;

	while (from < to) {
		if (i == str->n_content || str->content[i].start >= to) {
			jk_strbuf_add(run, buf, str->s + from, to - from,
			    JK_FROM_TEMPLATE);
			return;
		}
		if (str->content[i].start > from) {
			jk_strbuf_add(run, buf, str->s + from,
			    str->content[i].start - from, JK_FROM_TEMPLATE);
			from = str->content[i].start;
		}
		end = str->content[i].end < to ? str->content[i].end : to;
		jk_strbuf_add(run, buf, str->s + from, end - from,
		    str->content[i].origin);
		from = end;
		i++;
	}
}

void
jk_strbuf_add_str(struct jk_jinja_run *run, struct jk_strbuf *buf,
    const struct jk_str *str)
{
	jk_strbuf_add_substr(run, buf, str, 0, str->n);
}

void
jk_strbuf_add_code(struct jk_jinja_run *run, struct jk_strbuf *buf,
    uint32_t code, unsigned origin)
{
	char s[4];

	jk_strbuf_add(run, buf, s, jk_utf8_encode(code, s), origin);
}

struct jk_value
jk_strbuf_take(struct jk_jinja_run *run, struct jk_strbuf *buf)
{
	struct jk_str *str = jk_jinja_alloc(run, sizeof *str);

	*str = (struct jk_str){ .s = buf->s ? buf->s : "", .n = buf->n,
	    .content = buf->content, .n_content = buf->n_content };
	return jk_value_str(str);
}

struct jk_value
jk_value_text(struct jk_jinja_run *run, const char *s, size_t n)
{
	struct jk_strbuf buf = { 0 };

	jk_strbuf_add(run, &buf, s, n, JK_FROM_TEMPLATE);
	return jk_strbuf_take(run, &buf);
}

struct jk_value
jk_value_cstr(struct jk_jinja_run *run, const char *s)
{
	return jk_value_text(run, s, strlen(s));
}

struct jk_value
jk_str_substr(struct jk_jinja_run *run, const struct jk_str *str, size_t from,
    size_t to)
{
	struct jk_strbuf buf = { 0 };
	struct jk_str *sub;

	if (from >= to)
		from = to = 0;
	if (from == 0 && to == str->n)
		return jk_value_str(str);
	if (!str->n_content) {	/* bytes can be shared */
		sub = jk_jinja_alloc(run, sizeof *sub);
		*sub = (struct jk_str){ .s = str->s + from, .n = to - from,
		    .markup = str->markup };
		return jk_value_str(sub);
	}
	jk_strbuf_add_substr(run, &buf, str, from, to);
	sub = jk_jinja_alloc(run, sizeof *sub);
	*sub = *jk_strbuf_take(run, &buf).str;
	sub->markup = str->markup;
	return jk_value_str(sub);
}

struct jk_value
jk_value_markup(struct jk_jinja_run *run, struct jk_value value, bool markup)
{
	struct jk_str *str;

	if (value.str->markup == markup)
		return value;
	str = jk_jinja_alloc(run, sizeof *str);
	*str = *value.str;
	str->markup = markup;
	return jk_value_str(str);
}

unsigned
jk_str_origin(const struct jk_str *str, size_t at)
{
	size_t i = first_range(str, at);

	return i < str->n_content && str->content[i].start <= at ?
	    str->content[i].origin : JK_FROM_TEMPLATE;
}

size_t
jk_str_length(struct jk_jinja_run *run, const struct jk_str *str)
{
	size_t i, n = 0;

	jk_jinja_spend(run, str->n / JK_JINJA_STEP_BYTES);
	for (i = 0; i < str->n; i++)
		n += ((unsigned char)str->s[i] & 0xc0) != 0x80;
	return n;
}

size_t
jk_str_offset(const struct jk_str *str, size_t i)
{
	size_t at = 0;

	while (at < str->n && i) {
		at++;
		while (at < str->n && ((unsigned char)str->s[at] & 0xc0) ==
		    0x80)
			at++;
		i--;
	}
	return at;
}

bool
jk_str_equals(const struct jk_str *a, const char *b)
{
	return strlen(b) == a->n && memcmp(a->s, b, a->n) == 0;
}

int
jk_str_shown(const struct jk_str *str)
{
	return (int)jk_utf8_valid_len(str->s, str->n < 100 ? str->n : 100);
}

size_t
jk_str_find(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *what, size_t from, size_t to)
{
	const char *p;

	if (from > to || what->n > to - from)
		return SIZE_MAX;
	if (!what->n)
		return from;
	p = memmem(str->s + from, to - from, what->s, what->n);
	jk_jinja_spend(run, (p ? (size_t)(p - str->s) - from : to - from) /
	    JK_JINJA_STEP_BYTES);
	return p ? (size_t)(p - str->s) : SIZE_MAX;
}

size_t
jk_str_rfind(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *what, size_t from, size_t to)
{
	size_t at;

	if (from > to || what->n > to - from)
		return SIZE_MAX;
	for (at = to - what->n;; at--) {
		if (memcmp(str->s + at, what->s, what->n) == 0)
			return at;
		jk_jinja_spend(run, 1 + what->n / JK_JINJA_STEP_BYTES);
		if (at == from)
			return SIZE_MAX;
	}
}

/*
 * The code points for which str.isspace is true (Python's documentation:
 * bidirectional type WS, B or S, or category Zs).
 */
bool
jk_code_is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) ||
	    c == 0x85 || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool
has_code(const struct jk_str *chars, uint32_t code)
{
	size_t at = 0;
	uint32_t c;

	if (!chars)
		return jk_code_is_space(code);
	while (at < chars->n) {
		at += jk_utf8_decode(chars->s + at, chars->n - at, &c);
		if (c == code)
			return true;
	}
	return false;
}

struct jk_value
jk_str_strip(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *chars, enum jk_strip sides)
{
	size_t from = 0, to = str->n, cost = 1 + (chars ? chars->n : 0) / 8, at;
	uint32_t code;

	while (sides & JK_STRIP_LEFT && from < to) {
		unsigned len = jk_utf8_decode(str->s + from, to - from, &code);

		jk_jinja_spend(run, cost);
		if (!has_code(chars, code))
			break;
		from += len;
	}
	while (sides & JK_STRIP_RIGHT && from < to) {
		for (at = to - 1; ((unsigned char)str->s[at] & 0xc0) == 0x80;)
			at--;
		jk_utf8_decode(str->s + at, to - at, &code);
		jk_jinja_spend(run, cost);
		if (!has_code(chars, code))
			break;
		to = at;
	}
	return jk_str_substr(run, str, from, to);
}

/* --- replacing */

struct jk_value
jk_str_replace(struct jk_jinja_run *run, const struct jk_str *str,
    const struct jk_str *old, const struct jk_str *new, int64_t count)
{
	struct jk_strbuf buf = { 0 };
	size_t at = 0, found;
	uint32_t code;

	while (count != 0) {
		if (old->n) {
			found = jk_str_find(run, str, old, at, str->n);
			if (found == SIZE_MAX)
				break;
			jk_strbuf_add_substr(run, &buf, str, at, found);
			jk_strbuf_add_str(run, &buf, new);
			at = found + old->n;
		} else {	/* before each character, and at the end */
			jk_strbuf_add_str(run, &buf, new);
			if (at == str->n)
				break;
			found = at + jk_utf8_decode(str->s + at, str->n - at,
			    &code);
			jk_strbuf_add_substr(run, &buf, str, at, found);
			at = found;
		}
		jk_jinja_spend(run, 1);
		count -= count > 0;
	}
	jk_strbuf_add_substr(run, &buf, str, at, str->n);
	return jk_strbuf_take(run, &buf);
}

struct jk_value
jk_str_escape(struct jk_jinja_run *run, const struct jk_str *str)
{
	static const char from[] = "&<>'\"";
	static const char *const to[] = { "&amp;", "&lt;", "&gt;", "&#39;",
	    "&#34;" };
	struct jk_strbuf buf = { 0 };
	const char *p;
	size_t at, done = 0;

	if (str->markup)
		return jk_value_str(str);
	for (at = 0; at < str->n; at++) {
		p = str->s[at] ? strchr(from, str->s[at]) : NULL;
		if (!p)
			continue;
		jk_strbuf_add_substr(run, &buf, str, done, at);
		jk_strbuf_add(run, &buf, to[p - from], strlen(to[p - from]),
		    jk_str_origin(str, at));
		done = at + 1;
	}
	jk_strbuf_add_substr(run, &buf, str, done, str->n);
	return jk_value_markup(run, jk_strbuf_take(run, &buf), true);
}
