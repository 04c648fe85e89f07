#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes16.h"

void
jk_buf_release(struct jk_buf *b)
{
	free(b->data);
	*b = (struct jk_buf)JK_BUF_INIT;
}

void
jk_buf_clear(struct jk_buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

int
jk_buf_check(const struct jk_buf *b, struct jk_err *err)
{
	return b->failed ? jk_fail_nomem(err) : 0;
}

bool
jk_buf_reserve(struct jk_buf *b, size_t n)
{
	size_t need, cap;
	char *p;

	if (b->failed)
		return false;
	if (n < b->cap - b->len)	/* one byte stays for the NUL */
		return true;
	need = b->len + n + 1;
	if (need <= n) {
		b->failed = true;
		return false;
	}
	cap = b->cap + b->cap / 2 + 64;
	if (cap < need)
		cap = need;
	p = realloc(b->data, cap);
	if (!p) {
		b->failed = true;
		jk_note_nomem();
		return false;
	}
	b->data = p;
	b->cap = cap;
	return true;
}

void
jk_buf_add(struct jk_buf *b, const void *data, size_t n)
{
	if (!jk_buf_reserve(b, n))
		return;
	if (n)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
jk_buf_adds(struct jk_buf *b, const char *s)
{
	jk_buf_add(b, s, strlen(s));
}

void
jk_buf_add_number(struct jk_buf *b, uint64_t x)
{
	char digits[20];
	size_t n = 0;

	do
		digits[sizeof digits - ++n] = (char)('0' + x % 10);
	while ((x /= 10) > 0);
	jk_buf_add(b, digits + sizeof digits - n, n);
}

void
jk_buf_vprintf(struct jk_buf *b, jk_vsnprintf *print, const char *fmt,
    va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = print(NULL, 0, fmt, ap);
	if (n < 0)
		b->failed = true;
	else if (jk_buf_reserve(b, (size_t)n)) {
		print(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
jk_buf_printf(struct jk_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	jk_buf_vprintf(b, vsnprintf, fmt, ap);
	va_end(ap);
}

unsigned
jk_utf8_encode(uint32_t code, char s[4])
{
	if (code < 0x80) {
		s[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		s[0] = (char)(0xc0 | code >> 6);
		s[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		s[0] = (char)(0xe0 | code >> 12);
		s[1] = (char)(0x80 | (code >> 6 & 0x3f));
		s[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	s[0] = (char)(0xf0 | code >> 18);
	s[1] = (char)(0x80 | (code >> 12 & 0x3f));
	s[2] = (char)(0x80 | (code >> 6 & 0x3f));
	s[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

void
jk_buf_add_utf8(struct jk_buf *b, uint32_t code)
{
	char s[4];

	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	jk_buf_add(b, s, jk_utf8_encode(code, s));
}

unsigned
jk_utf8_decode_long(const char *str, size_t n, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)str;
	uint32_t c;
	unsigned len, i;

	if (!n)
		return 0;
	c = s[0];
	if (c < 0xe0 || c > 0xf4)
		return 0;
	len = c < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	c &= 0x7fu >> len;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if ((len == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
	    (len == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	*code = c;
	return len;
}

/*
 * Bytes, from s on, of words of sixteen that hold ASCII and characters of two
 * bytes only, most of any Russian text: up to what is none.  Behind the lead of
 * one, from 0xc2 on, and nowhere else stands 10xxxxxx.
 */
static size_t
short_words_len(const char *s, size_t n)
{
	uint32_t lead, second, wanted, bad, after = 0;
	jk_bytes16 v;
	size_t at = 0, end;

	for (; n - at >= sizeof v; at += sizeof v) {
		v = jk_bytes16_load(s + at);
		lead = jk_bytes16_mask(jk_bytes16_from(v, 0xc2) &
		    jk_bytes16_upto(v, 0xdf));
		second = jk_bytes16_mask(jk_bytes16_second_below(v, 0xc0));
		wanted = (lead << 1 | after) & 0xffff;
		bad = ((lead | second) ^ jk_bytes16_mask(v)) |
		    (second ^ wanted);
		if (bad) {
			end = (size_t)__builtin_ctz(bad);
			return at + end - (wanted >> end & 1);
		}
		after = lead >> 15;
	}
	/* a character that the last word cuts is for the caller */
	return at - after;
}

size_t
jk_utf8_valid_len(const char *s, size_t n)
{
	size_t at = 0;
	uint32_t code;
	unsigned len;

	for (;;) {
		at += short_words_len(s + at, n - at);
		if (at == n)
			break;
		len = jk_utf8_decode(s + at, n - at, &code);
		if (!len)
			break;
		at += len;
	}
	return at;
}

void
jk_buf_add_lossy(struct jk_buf *b, const char *s, size_t n)
{
	size_t good;

	for (; n > 0; s += good, n -= good) {
		good = jk_utf8_valid_len(s, n);
		jk_buf_add(b, s, good);
		if (good == 0) {
			jk_buf_add_utf8(b, 0xfffd);
			good = 1;
		}
	}
}

/*
 * What moves a terminal's cursor, changes its state or turns text round: the
 * controls, and the overrides and isolates of direction.
 */
static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void
jk_buf_add_visible(struct jk_buf *b, const char *s, size_t n)
{
	unsigned len;
	uint32_t c;

	for (; n > 0; s += len, n -= len) {
		len = jk_utf8_decode(s, n, &c);
		if (!len) {
			len = 1;
			jk_buf_printf(b, "\\x%02x", (unsigned char)*s);
		} else if (c == '\n' || c == '\t' || !is_control(c)) {
			jk_buf_add(b, s, len);
		} else {
			jk_buf_printf(b, c < 0x80 ? "\\x%02x" : "\\u%04x",
			    (unsigned)c);
		}
	}
}

size_t
jk_utf8_count(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void
jk_buf_add_padded(struct jk_buf *b, const char *s, size_t n_columns)
{
	size_t n = jk_utf8_count(s);

	jk_buf_printf(b, "%s%*s", s, n < n_columns ? (int)(n_columns - n) : 0,
	    "");
}
