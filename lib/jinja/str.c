/* Strings of the Jinja interpreter and the ranges of content in them. */

#include <string.h>

#include "base/buf.h"
#include "jinja/value.h"

/* Bytes moved count as steps. */
#define BYTES_PER_STEP 64

void
jk_jbuf_add(struct jk_ji *j, struct jk_jbuf *b, const char *s, size_t n,
    bool content)
{
	struct jk_span *last;

	if (!n)
		return;
	jk_ji_steps(j, 1 + n / BYTES_PER_STEP);
	if (n > b->cap - b->n) {
		size_t cap = b->cap + b->cap / 2 + n + 32;

		b->s = jk_ji_grow(j, b->s, b->n, cap, 1);
		b->cap = cap;
	}
	memcpy(b->s + b->n, s, n);
	b->n += n;
	if (!content)
		return;
	last = b->n_content ? &b->content[b->n_content - 1] : NULL;
	if (last && last->end == b->n - n) {
		last->end = b->n;
		return;
	}
	if (b->n_content == b->cap_content) {
		size_t cap = 2 * b->cap_content + 4;

		b->content = jk_ji_grow(j, b->content, b->n_content, cap,
		    sizeof *b->content);
		b->cap_content = cap;
	}
	b->content[b->n_content++] = (struct jk_span){ b->n - n, b->n };
}

void
jk_jbuf_adds(struct jk_ji *j, struct jk_jbuf *b, const char *s)
{
	jk_jbuf_add(j, b, s, strlen(s), false);
}

/* First range that ends behind byte `at`. */
static size_t
first_range(const struct jk_jstr *s, size_t at)
{
	size_t low = 0, high = s->n_content, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->content[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
jk_jbuf_substr(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jstr *s,
    size_t from, size_t to)
{
	size_t i = first_range(s, from), end;

	while (from < to) {
		if (i == s->n_content || s->content[i].start >= to) {
			jk_jbuf_add(j, b, s->s + from, to - from, false);
			return;
		}
		if (s->content[i].start > from) {
			jk_jbuf_add(j, b, s->s + from,
			    s->content[i].start - from, false);
			from = s->content[i].start;
		}
		end = s->content[i].end < to ? s->content[i].end : to;
		jk_jbuf_add(j, b, s->s + from, end - from, true);
		from = end;
		i++;
	}
}

void
jk_jbuf_str(struct jk_ji *j, struct jk_jbuf *b, const struct jk_jstr *s)
{
	jk_jbuf_substr(j, b, s, 0, s->n);
}

void
jk_jbuf_code(struct jk_ji *j, struct jk_jbuf *b, uint32_t code, bool content)
{
	char s[4];

	jk_jbuf_add(j, b, s, jk_utf8_encode(code, s), content);
}

struct jk_jv
jk_jbuf_take(struct jk_ji *j, struct jk_jbuf *b)
{
	struct jk_jstr *s = jk_ji_alloc(j, sizeof *s);

	*s = (struct jk_jstr){ .s = b->s ? b->s : "", .n = b->n,
	    .content = b->content, .n_content = b->n_content };
	return jk_jv_str(s);
}

struct jk_jv
jk_jv_text(struct jk_ji *j, const char *s, size_t n)
{
	struct jk_jbuf b = { 0 };

	jk_jbuf_add(j, &b, s, n, false);
	return jk_jbuf_take(j, &b);
}

struct jk_jv
jk_jv_cstr(struct jk_ji *j, const char *s)
{
	return jk_jv_text(j, s, strlen(s));
}

struct jk_jv
jk_jv_substr(struct jk_ji *j, const struct jk_jstr *s, size_t from, size_t to)
{
	struct jk_jbuf b = { 0 };
	struct jk_jstr *sub;

	if (from >= to)
		from = to = 0;
	if (from == 0 && to == s->n)
		return jk_jv_str(s);
	if (!s->n_content) {	/* bytes can be shared */
		sub = jk_ji_alloc(j, sizeof *sub);
		*sub = (struct jk_jstr){ .s = s->s + from, .n = to - from,
		    .markup = s->markup };
		return jk_jv_str(sub);
	}
	jk_jbuf_substr(j, &b, s, from, to);
	sub = jk_ji_alloc(j, sizeof *sub);
	*sub = *jk_jbuf_take(j, &b).str;
	sub->markup = s->markup;
	return jk_jv_str(sub);
}

struct jk_jv
jk_jv_markup(struct jk_ji *j, struct jk_jv v, bool markup)
{
	struct jk_jstr *s;

	if (v.str->markup == markup)
		return v;
	s = jk_ji_alloc(j, sizeof *s);
	*s = *v.str;
	s->markup = markup;
	return jk_jv_str(s);
}

bool
jk_jstr_is_content(const struct jk_jstr *s, size_t at)
{
	size_t i = first_range(s, at);

	return i < s->n_content && s->content[i].start <= at;
}

size_t
jk_jstr_length(struct jk_ji *j, const struct jk_jstr *s)
{
	size_t i, n = 0;

	jk_ji_steps(j, s->n / BYTES_PER_STEP);
	for (i = 0; i < s->n; i++)
		n += ((unsigned char)s->s[i] & 0xc0) != 0x80;
	return n;
}

size_t
jk_jstr_offset(const struct jk_jstr *s, size_t i)
{
	size_t at = 0;

	while (at < s->n && i) {
		at++;
		while (at < s->n && ((unsigned char)s->s[at] & 0xc0) == 0x80)
			at++;
		i--;
	}
	return at;
}

bool
jk_jstr_equal(const struct jk_jstr *a, const char *b)
{
	return strlen(b) == a->n && memcmp(a->s, b, a->n) == 0;
}

size_t
jk_jstr_find(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *what, size_t from, size_t to)
{
	const char *p;

	if (from > to || what->n > to - from)
		return SIZE_MAX;
	if (!what->n)
		return from;
	p = memmem(s->s + from, to - from, what->s, what->n);
	jk_ji_steps(j, (p ? (size_t)(p - s->s) - from : to - from) /
	    BYTES_PER_STEP);
	return p ? (size_t)(p - s->s) : SIZE_MAX;
}

size_t
jk_jstr_rfind(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *what, size_t from, size_t to)
{
	size_t at;

	if (from > to || what->n > to - from)
		return SIZE_MAX;
	for (at = to - what->n;; at--) {
		if (memcmp(s->s + at, what->s, what->n) == 0)
			return at;
		jk_ji_steps(j, 1 + what->n / BYTES_PER_STEP);
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
has_code(const struct jk_jstr *chars, uint32_t code)
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

struct jk_jv
jk_jstr_strip(struct jk_ji *j, const struct jk_jstr *s,
    const struct jk_jstr *chars, int sides)
{
	size_t from = 0, to = s->n, cost = 1 + (chars ? chars->n : 0) / 8, at;
	uint32_t code;

	while (sides & 1 && from < to) {
		unsigned len = jk_utf8_decode(s->s + from, to - from, &code);

		jk_ji_steps(j, cost);
		if (!has_code(chars, code))
			break;
		from += len;
	}
	while (sides & 2 && from < to) {
		for (at = to - 1; ((unsigned char)s->s[at] & 0xc0) == 0x80;)
			at--;
		jk_utf8_decode(s->s + at, to - at, &code);
		jk_ji_steps(j, cost);
		if (!has_code(chars, code))
			break;
		to = at;
	}
	return jk_jv_substr(j, s, from, to);
}
