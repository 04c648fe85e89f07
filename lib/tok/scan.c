#include "tok/scan.h"

#include <string.h>

enum { MAX_DEPTH = 64 };

void
jk_scan_release(struct jk_scan *s)
{
	jk_buf_release(&s->string);
}

int
jk_scan_fail(struct jk_scan *s, const char *message)
{
	return jk_fail(s->err, JK_EDATA, "bad JSON at byte %zu: %s",
	    (size_t)(s->at - s->start) + 1, jk_tr(message));
}

/*
 * Loops over bytes run on a pointer of their own: a byte that is read might be
 * part of *s, for all the compiler knows, so s->at would go through memory
 * each time.
 */
char
jk_scan_peek(struct jk_scan *s)
{
	const char *p = s->at, *end = s->end;

	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' ||
	    *p == '\r'))
		p++;
	s->at = p;
	return p < end ? *p : '\0';
}

/* Step to the next quote, backslash or control character; 0 at the end. */
static unsigned char
find_special(struct jk_scan *s)
{
	const char *p = s->at, *end = s->end;

	while (p < end && *p != '"' && *p != '\\' &&
	    (unsigned char)*p >= 0x20)
		p++;
	s->at = p;
	return p < end ? (unsigned char)*p : 0;
}

int
jk_scan_open(struct jk_scan *s, char open)
{
	if (jk_scan_peek(s) != open)
		return jk_scan_fail(s, open == '{' ? "an object is expected" :
		    "an array is expected");
	s->at++;
	return 0;
}

int
jk_scan_next(struct jk_scan *s, char open, bool first)
{
	char c = jk_scan_peek(s);

	if (c == (open == '{' ? '}' : ']')) {
		s->at++;
		return 0;
	}
	if (first)
		return c ? 1 : jk_scan_fail(s, "unexpected end");
	if (c != ',')
		return jk_scan_fail(s, "',' is expected");
	s->at++;
	return 1;
}

/* Four hexadecimal digits. */
static bool
read_hex(struct jk_scan *s, uint32_t *v)
{
	int i;

	if (s->end - s->at < 4)
		return false;
	for (i = 0, *v = 0; i < 4; i++) {
		char c = *s->at++;

		*v <<= 4;
		if (c >= '0' && c <= '9')
			*v |= (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			*v |= (uint32_t)((c | 32) - 'a' + 10);
		else
			return false;
	}
	return true;
}

static int
read_escape(struct jk_scan *s)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p;
	uint32_t code, low;
	char c;

	if (s->at == s->end)
		return jk_scan_fail(s, "unexpected end");
	c = *s->at++;
	if (c != 'u') {
		p = c ? strchr(from, c) : NULL;
		if (!p)
			return jk_scan_fail(s, "unknown escape");
		jk_buf_addc(&s->string, to[p - from]);
		return 0;
	}
	if (!read_hex(s, &code))
		return jk_scan_fail(s, "bad \\u escape");
	if (code >= 0xd800 && code < 0xdc00) {
		if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
			return jk_scan_fail(s, "lone surrogate");
		s->at += 2;
		if (!read_hex(s, &low) || low < 0xdc00 || low > 0xdfff)
			return jk_scan_fail(s, "lone surrogate");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code <= 0xdfff) {
		return jk_scan_fail(s, "lone surrogate");
	}
	jk_buf_add_utf8(&s->string, code);
	return 0;
}

int
jk_scan_string(struct jk_scan *s, const char **text, size_t *n)
{
	const char *from;
	bool escaped = false;
	unsigned char c;

	if (jk_scan_peek(s) != '"')
		return jk_scan_fail(s, "a string is expected");
	from = ++s->at;
	jk_buf_clear(&s->string);
	for (;;) {
		c = find_special(s);
		if (s->at == s->end)
			return jk_scan_fail(s, "unexpected end");
		if (c < 0x20)
			return jk_scan_fail(s, "control character");
		if (c == '"' && !escaped)
			break;
		jk_buf_add(&s->string, from, (size_t)(s->at - from));
		if (c == '"')
			break;
		escaped = true;
		s->at++;
		if (read_escape(s) < 0)
			return -1;
		from = s->at;
	}
	*text = escaped ? s->string.data : from;
	*n = escaped ? s->string.len : (size_t)(s->at - from);
	s->at++;
	return jk_buf_check(&s->string, s->err);
}

int
jk_scan_key(struct jk_scan *s, const char **text, size_t *n)
{
	if (jk_scan_string(s, text, n) < 0)
		return -1;
	if (jk_scan_peek(s) != ':')
		return jk_scan_fail(s, "':' is expected");
	s->at++;
	return 0;
}

int
jk_scan_u32(struct jk_scan *s, uint32_t *v)
{
	uint64_t x = 0;
	char c = jk_scan_peek(s);

	if (c < '0' || c > '9')
		return jk_scan_fail(s, "a number from 0 on is expected");
	for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
		x = x * 10 + (uint64_t)(*s->at - '0');
		if (x > UINT32_MAX)
			return jk_scan_fail(s, "number out of range");
	}
	*v = (uint32_t)x;
	return 0;
}

int
jk_scan_skip(struct jk_scan *s)
{
	const char *text;
	size_t n;
	int depth = 0;
	char c;

	do {
		c = jk_scan_peek(s);
		if (c == '"') {
			if (jk_scan_string(s, &text, &n) < 0)
				return -1;
			continue;
		}
		if (c == '\0')
			return jk_scan_fail(s, "unexpected end");
		if (c == '{' || c == '[') {
			if (++depth > MAX_DEPTH)
				return jk_scan_fail(s, "nested too deep");
			s->at++;
		} else if (c == '}' || c == ']') {
			if (--depth < 0)
				return jk_scan_fail(s, "unexpected bracket");
			s->at++;
		} else if (depth > 0 && (c == ',' || c == ':')) {
			s->at++;
		} else {
			/* a number or a word */
			const char *from = s->at;

			while (s->at < s->end && !strchr(" \n\t\r,:]}{[\"",
			    *s->at))
				s->at++;
			if (s->at == from)
				return jk_scan_fail(s, "a value is expected");
		}
	} while (depth > 0);
	return 0;
}

json_t *
jk_scan_tree(struct jk_scan *s)
{
	const char *from;
	json_t *v;

	jk_scan_peek(s);
	from = s->at;
	if (jk_scan_skip(s) < 0)
		return NULL;
	v = jk_json_parse(from, (size_t)(s->at - from), s->err);
	if (!v)
		jk_fail_prefix(s->err, "in the value from byte %zu on",
		    (size_t)(from - s->start) + 1);
	return v;
}
