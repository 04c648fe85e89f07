#include "clean/whitespace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/bytes16.h"
#include "text/letters.h"

unsigned
jk_repair_line_ends(const char *s, size_t n, struct jk_buf *out)
{
	size_t at, start = 0, len;
	unsigned changes = 0;

	for (at = 0; at < n; at += len) {
		const unsigned char *u = (const unsigned char *)s + at;

		len = 1;
		switch (u[0]) {
		case '\r':
			if (at + 1 < n && u[1] == '\n')
				len = 2;
			break;
		case '\v': case '\f':
			break;
		case 0xc2:			/* U+0085 */
			if (u[1] != 0x85)
				continue;
			len = 2;
			break;
		case 0xe2:			/* U+2028, U+2029 */
			if (u[1] != 0x80 || (u[2] & 0xfe) != 0xa8)
				continue;
			len = 3;
			break;
		default:
			continue;
		}
		jk_buf_add(out, s + start, at - start);
		jk_buf_addc(out, '\n');
		start = at + len;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

static bool
is_emoji_part(uint32_t c)
{
	return c == 0xfe0f || (c >= 0x2190 && c <= 0x2bff) ||
	    (c >= 0x1f000 && c <= 0x1faff);
}

static bool
is_invisible(uint32_t c)
{
	if (c < 0x20)
		return c != '\t' && c != '\n' && c != '\r' && c != '\v' &&
		    c != '\f';
	return (c >= 0x7f && c < 0xa0 && c != 0x85) || c == 0xad ||
	    c == 0x34f || c == 0x61c || c == 0x180e ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	    (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
	    (c >= 0xfdd0 && c <= 0xfdef);
}

unsigned
jk_repair_invisible(const char *s, size_t n, struct jk_buf *out)
{
	size_t at, start = 0;
	unsigned changes = 0, len, other;
	uint32_t c;

	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		if (!is_invisible(c))
			continue;
		if (c == 0x200d && is_emoji_part(jk_char_before(s, at,
		    &other)) && is_emoji_part(jk_char_at(s, n, at + len,
		    &other)))
			continue;
		jk_buf_add(out, s + start, at - start);
		start = at + len;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

unsigned
jk_repair_nbsp(const char *s, size_t n, struct jk_buf *out)
{
	size_t at, start = 0;
	unsigned changes = 0, len;
	uint32_t c;

	for (at = 0; at < n; at += len) {
		len = 1;
		if (!(s[at] & 0x80))
			continue;
		c = jk_char_at(s, n, at, &len);
		if (c != 0xa0 && c != 0x1680 && !(c >= 0x2000 && c <= 0x200a)
		    && c != 0x202f && c != 0x205f && c != 0x3000)
			continue;
		jk_buf_add(out, s + start, at - start);
		jk_buf_addc(out, ' ');
		start = at + len;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

/*
 * The first space or tab from s[at] on that is more than one space between
 * words; n: none.  s[at] is not behind another.
 */
static size_t
find_spaces(const char *s, size_t n, size_t at)
{
	jk_bytes16 v, next, found;

	for (; at < n; at++) {
		/* with a neighbour on each side */
		for (; at && n - at > sizeof v; at += sizeof v) {
			v = jk_bytes16_load(s + at);
			next = jk_bytes16_load(s + at + 1);
			found = jk_bytes16_is(v, '\t') |
			    (jk_bytes16_is(v, ' ') &
			    (jk_bytes16_is(next, ' ') |
			    jk_bytes16_is(next, '\t') |
			    jk_bytes16_is(next, '\n') |
			    jk_bytes16_is(next, '\r') |
			    jk_bytes16_is(jk_bytes16_load(s + at - 1),
			    '\n')));
			if (jk_bytes16_mask(found))
				return at + (size_t)__builtin_ctz(
				    jk_bytes16_mask(found));
		}
		if (s[at] == '\t' || (s[at] == ' ' && (!at ||
		    s[at - 1] == '\n' || at + 1 == n ||
		    memchr(" \t\n\r", s[at + 1], 4))))
			break;
	}
	return at;
}

unsigned
jk_repair_spaces(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0, end;
	unsigned changes = 0;

	while ((at = find_spaces(s, n, at)) < n) {
		for (end = at; end < n && (s[end] == ' ' || s[end] == '\t');)
			end++;
		jk_buf_add(out, s + start, at - start);
		if (at == 0 || s[at - 1] == '\n' || end == n ||
		    s[end] == '\n' || s[end] == '\r') {
			changes++;
		} else {
			jk_buf_addc(out, ' ');
			changes += end - at > 1 || s[at] == '\t';
		}
		at = start = end;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

unsigned
jk_repair_blank_lines(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0, end;
	unsigned changes = 0;

	while (at < n) {
		if (s[at] != '\n') {
			at++;
			continue;
		}
		for (end = at; end < n && s[end] == '\n';)
			end++;
		if (at > 0 && end < n && end - at <= 2) {
			at = end;
			continue;
		}
		jk_buf_add(out, s + start, at - start);
		if (at > 0 && end < n)
			jk_buf_add(out, "\n\n", 2);
		changes++;
		at = start = end;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

unsigned
jk_repair_nfc(const char *s, size_t n, struct jk_buf *out)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t len;
	unsigned changes;

	len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n,
	    &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (len < 0) {
		/* not valid UTF-8 cannot be, so there was no memory */
		out->failed = true;
		return 0;
	}
	changes = (size_t)len != n || memcmp(composed, s, n) != 0;
	jk_buf_add(out, composed, (size_t)len);
	free(composed);
	return changes;
}
