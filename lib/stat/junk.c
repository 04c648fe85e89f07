#include "stat/junk.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"

static bool
is_latin(uint32_t c)
{
	return (c | 0x20) - 'a' < 26;
}

static bool
is_cyrillic(uint32_t c)
{
	return c - 0x400 < 0x130;
}

/* &name; &#123; &#x1f; with 2 to 10 characters between. */
static bool
is_entity(const char *s, const char *end)
{
	const char *p = s + 1;

	if (p < end && *p == '#')
		p++;
	while (p < end && p - s < 12 &&
	    (is_latin((unsigned char)*p) || (*p >= '0' && *p <= '9')))
		p++;
	return p < end && *p == ';' && p - s >= 3;
}

/* "<b>", "</div>", "<br/>", "<a href=...>"; not "<3" nor "x < y". */
static bool
is_tag(const char *s, const char *end)
{
	const char *p = s + 1;

	if (p < end && *p == '/')
		p++;
	if (p == end || !is_latin((unsigned char)*p))
		return false;
	while (p < end && (is_latin((unsigned char)*p) ||
	    (*p >= '0' && *p <= '9')))
		p++;
	if (p == end || !strchr(" \t\n/>", *p))
		return false;
	p = memchr(p, '>', (size_t)(end - p));
	return p && !memchr(s + 1, '<', (size_t)(p - s - 1));
}

static void
count_ascii(const char *s, const char *start, const char *end,
    uint64_t *count)
{
	switch (*s) {
	case '&':
		count[JK_JUNK_ENTITY] += is_entity(s, end);
		break;
	case '<':
		count[JK_JUNK_TAG] += is_tag(s, end);
		break;
	case '\\':
		count[JK_JUNK_BACKSLASH_N] += s + 1 < end && s[1] == 'n';
		break;
	case ' ':
		/* the second of a run counts */
		count[JK_JUNK_SPACES] += s > start && s[-1] == ' ' &&
		    (s - 1 == start || s[-2] != ' ');
		break;
	case '\t': case '\n':
		break;
	default:
		count[JK_JUNK_CONTROL] += (unsigned char)*s < 0x20 ||
		    *s == 0x7f;
	}
}

static void
count_other(uint32_t c, uint64_t *count)
{
	if (c == 0xa0 || c == 0x202f)
		count[JK_JUNK_NO_BREAK_SPACE]++;
	else if (c == 0xfffd)
		count[JK_JUNK_REPLACEMENT]++;
	else if (c < 0xa0)
		count[JK_JUNK_CONTROL]++;
	else if (utf8proc_category((utf8proc_int32_t)c) ==
	    UTF8PROC_CATEGORY_CF)
		count[JK_JUNK_INVISIBLE]++;
}

void
jk_junk_count(const char *text, size_t n, uint64_t count[JK_N_JUNKS])
{
	uint32_t code, before = 0;
	bool mixed = false;
	size_t at = 0;
	unsigned len;

	while (at < n) {
		len = jk_utf8_decode(text + at, n - at, &code);
		if (!len) {
			len = 1;
			code = 0xfffd;
		}
		if (code < 0x80)
			count_ascii(text + at, text, text + n, count);
		else if (!is_cyrillic(code))
			count_other(code, count);
		if (!is_latin(code) && !is_cyrillic(code)) {
			mixed = false;
		} else if (!mixed &&
		    ((is_latin(code) && is_cyrillic(before)) ||
		    (is_cyrillic(code) && is_latin(before)))) {
			mixed = true;
			count[JK_JUNK_MIXED_WORD]++;
		}
		before = code;
		at += len;
	}
}
