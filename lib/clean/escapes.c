#include "clean/escapes.h"

#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

static bool
is_small_latin(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Whether a "C:\" or "\\server" stands in the word that ends before `at`. */
static bool
in_path(const char *s, size_t at)
{
	size_t k = at;

	while (k > 0 && s[k - 1] != ' ' && s[k - 1] != '\n') {
		if (k > 1 && s[k] == '\\' && s[k - 1] == ':' &&
		    (s[k - 2] | 0x20) >= 'a' && (s[k - 2] | 0x20) <= 'z' &&
		    (k == 2 || !jk_is_latin((uint32_t)s[k - 3])))
			return true;
		k--;
	}
	return at > k + 2 && s[k] == '\\' && s[k + 1] == '\\';
}

static bool
hex4(const char *s, uint32_t *code)
{
	int i;

	*code = 0;
	for (i = 0; i < 4; i++) {
		char x = (char)(s[i] | 0x20);

		if (s[i] >= '0' && s[i] <= '9')
			*code = *code * 16 + (uint32_t)(s[i] - '0');
		else if (x >= 'a' && x <= 'f')
			*code = *code * 16 + (uint32_t)(x - 'a') + 10;
		else
			return false;
	}
	return true;
}

/*
 * The escape at s[at], which is a backslash.  Returns the bytes it takes, 0
 * where it is text; *code is what it stands for.
 */
static size_t
read_escape(const char *s, size_t n, size_t at, uint32_t *code)
{
	size_t k = at, after;
	uint32_t low;

	while (k < n && s[k] == '\\')
		k++;
	if (k >= n || k - at > 4)
		return 0;
	switch (s[k]) {
	case 'r':
	case 'n':
		after = k + 1;
		if (s[k] == 'r') {
			while (after < n && s[after] == '\\')
				after++;
			if (after >= n || s[after] != 'n' || after == k + 1)
				return 0;
			after++;
		}
		/* "\new" is a path, "\n");" is source code */
		if (after < n && (is_small_latin(s[after]) ||
		    (after + 1 < n && s[after] == '"' &&
		    (s[after + 1] == ')' || s[after + 1] == ';' ||
		    s[after + 1] == ','))))
			return 0;
		*code = '\n';
		break;
	case 't':
		after = k + 1;
		if (after < n && is_small_latin(s[after]))
			return 0;
		*code = ' ';
		break;
	case '"':
	case '\'':
		if (k > at + 1 && k - at != 3)
			return 0;
		*code = (uint32_t)s[k];
		after = k + 1;
		break;
	case 'u':
		if (k + 5 > n || !hex4(s + k + 1, code) || *code < 0xa0)
			return 0;
		after = k + 5;
		if (*code >= 0xd800 && *code < 0xdc00) {
			if (after + 6 > n || s[after] != '\\' ||
			    s[after + 1] != 'u' || !hex4(s + after + 2, &low)
			    || low < 0xdc00 || low > 0xdfff)
				return 0;
			*code = 0x10000 + ((*code & 0x3ff) << 10 |
			    (low & 0x3ff));
			after += 6;
		} else if (*code >= 0xdc00 && *code < 0xe000) {
			return 0;
		}
		break;
	default:
		return 0;
	}
	if (in_path(s, at))
		return 0;
	return after - at;
}

unsigned
jk_repair_escapes(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0, taken;
	unsigned changes = 0;
	uint32_t code = 0;

	while (at < n) {
		const char *slash = memchr(s + at, '\\', n - at);

		if (!slash)
			break;
		at = (size_t)(slash - s);
		taken = read_escape(s, n, at, &code);
		if (!taken) {
			while (at < n && s[at] == '\\')
				at++;
			continue;
		}
		jk_buf_add(out, s + start, at - start);
		jk_buf_add_utf8(out, code);
		at += taken;
		start = at;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

/* Beginnings of swear words whose last letter "&" stands for. */
static bool
hides_letter(const char *s, size_t at)
{
	static const char *const stems[] = { "ху", "бл", "пиз", "пизд", "еб",
	    "ёб", "муд", "сук", "сц", "рубл" };
	char word[16];
	size_t len = 0, start = at, i;
	unsigned step;
	uint32_t c;

	while (jk_is_letter(c = jk_char_before(s, start, &step)))
		start -= step;
	if (at - start >= sizeof word)
		return false;
	while (start < at) {
		c = jk_lower(jk_char_at(s, at, start, &step));
		if (c < 0x80 || c >= 0x800)
			return false;
		word[len++] = (char)(0xc0 | c >> 6);
		word[len++] = (char)(0x80 | (c & 0x3f));
		start += step;
	}
	for (i = 0; i < sizeof stems / sizeof *stems; i++)
		if (len == strlen(stems[i]) && memcmp(word, stems[i], len) == 0)
			return true;
	return false;
}

unsigned
jk_repair_ampersands(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0;
	unsigned changes = 0, len;
	uint32_t before;

	while (at < n) {
		const char *amp = memchr(s + at, '&', n - at);

		if (!amp)
			break;
		at = (size_t)(amp - s);
		before = jk_char_before(s, at, &len);
		at++;
		if (at >= n || (s[at] != '!' && s[at] != '?'))
			continue;
		if (before && before < 0x80 && strchr("@#$%^&*~+=/\\|<>",
		    (int)before))
			continue;
		if (jk_is_letter(before) && hides_letter(s, at - 1))
			continue;
		jk_buf_add(out, s + start, at - 1 - start);
		start = at;
		changes++;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}
