/*
 * Breaks if the scan that looks at sixteen bytes at a time sees other signs in a
 * text than one that looks at its characters, at any length and place.
 */

#include "tap.h"

#include "base/philox.h"
#include "base/bytes16.h"
#include "clean/footer.h"
#include "clean/signs.h"
#include "text/letters.h"

enum { MOST_CHARS = 700, MOST_BYTES = 4 * MOST_CHARS };

static uint32_t draws;

static uint32_t
draw(uint32_t below)
{
	return jk_philox(draws++, 1, 2, 3, 4, 6).v[0] % below;
}

struct counts {
	size_t cyrillic, capitals, latin, strange;
};

/* What a character bears wherever it stands. */
static unsigned
of_itself(uint32_t c, struct counts *k)
{
	k->latin += (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	switch (c) {
	case '&': return JK_SIGN_AMPERSAND;
	case '<': return JK_SIGN_LESS;
	case '\\': return JK_SIGN_BACKSLASH;
	case '#': return JK_SIGN_HASH;
	case '\t': return JK_SIGN_RUN;
	case '\r': case '\v': case '\f': case 0x85: case 0x2028: case 0x2029:
		return JK_SIGN_LINE_END;
	case 0xa0: case 0x202f: case 0x205f: return JK_SIGN_SPACE;
	}
	if (c < 0x80)
		return (c < 0x20 && c != '\n') || c == 0x7f ?
		    JK_SIGN_INVISIBLE : 0;
	if (c < 0xc0) {
		k->strange += c != 0xab && c != 0xbb;
		return c < 0xa0 || c == 0xad ? JK_SIGN_INVISIBLE : 0;
	}
	if (c >= 0x400 && c < 0x480) {
		k->cyrillic++;
		k->capitals += c < 0x430;
		k->strange += (c < 0x410 && c != 0x401) ||
		    (c > 0x451 && c < 0x460);
		return 0;
	}
	if (c >= 0x2000 && c < 0x3000) {
		if (c <= 0x200a)
			return JK_SIGN_SPACE | JK_SIGN_MARK;
		if (c <= 0x200f || (c >= 0x202a && c <= 0x202e) ||
		    (c >= 0x2040 && c < 0x2080))
			return JK_SIGN_INVISIBLE;
		k->strange += (c >= 0x2100 && c < 0x2140) ||
		    (c >= 0x2200 && c < 0x2240) || (c >= 0x2500 && c < 0x25c0);
		return c < 0x2040 ? 0 : JK_SIGN_MARK;
	}
	k->strange++;
	return JK_SIGN_MARK |
	    (c >= 0x340 ? JK_SIGN_INVISIBLE | JK_SIGN_SPACE : 0);
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What character i of n bears by those around it. */
static unsigned
of_place(const uint32_t *c, size_t n, size_t i)
{
	static const char closing[] = ".!?:\")";
	uint32_t before = i ? c[i - 1] : 0, last;
	unsigned signs = 0;
	char bytes[4];
	size_t next;

	/* letters whose last byte is that of one of « … “ ” count, too */
	last = i ? (unsigned char)bytes[jk_utf8_encode(before, bytes) - 1] : 0;
	if ((c[i] == '-' || (c[i] >= 0x2000 && c[i] < 0x3000)) && i &&
	    ((before < 0x80 && before && strchr(closing, (int)before)) ||
	    (before >= 0x80 && (last == 0xbb || last == 0xa6 ||
	    last == 0x9c || last == 0x9d))))
		signs |= JK_SIGN_DASH;
	if (c[i] >= 0x400 && c[i] < 0x430 && (before == '.' || before == '!' ||
	    before == '?'))
		signs |= JK_SIGN_SENTENCE;
	if (c[i] == ':' && i + 1 < n && c[i + 1] == '/')
		signs |= JK_SIGN_LINK;
	if (c[i] == '[' && i + 1 < n && c[i + 1] == '/')
		signs |= JK_SIGN_BRACKET;
	if (c[i] && c[i] < 0x80 && strchr("-*=_~#+", (int)c[i]) && ((i &&
	    before == c[i]) || (i > 1 && before == ' ' && c[i - 2] == c[i])))
		signs |= JK_SIGN_DIVIDER;
	if (c[i] == ' ' && (!i || i + 1 == n || is_blank(before) ||
	    is_blank(c[i + 1])))
		return signs | JK_SIGN_RUN;
	if (c[i] == '\n' && (!i || i + 1 == n || (i > 1 && before == '\n' &&
	    c[i - 2] == '\n')))
		return signs | JK_SIGN_BLANK;
	if ((c[i] == ' ' || c[i] == '\n') && i > 1 && before == '-' &&
	    c[i - 2] >= 0x80)
		signs |= JK_SIGN_CUT;
	if (c[i] != '\n')
		return signs;
	if (before == '\n' && c[0] == '1')
		signs |= JK_SIGN_DIVIDER;
	next = i + 1 + (i + 2 < n && c[i + 2] == ' ') + 1;
	if (jk_is_dash(c[i + 1]) && next < n && jk_is_lower(c[next]))
		signs |= JK_SIGN_SPEECH;
	return signs;
}

static unsigned
of_ends(const uint32_t *c, size_t n, const char *s, size_t bytes, bool latin)
{
	unsigned signs = 0;
	size_t at = 0;

	while (at < n && is_blank(c[at]))
		at++;
	for (; n > at && is_blank(c[n - 1]); bytes--)
		n--;
	if (at == n)
		return 0;
	if (jk_is_digit(c[at]) || c[at] == '#' || c[at] == 'J' ||
	    (c[at] >= 0x2000 && c[at] < 0x3000) || c[at] == 0x410 ||
	    c[at] == 0x428)
		signs |= JK_SIGN_NUMBER;
	if (c[n - 1] == '>' || (latin && c[n - 1] < 0x80))
		signs |= JK_SIGN_SITE;
	return signs | (jk_may_have_footer(s, bytes) ? JK_SIGN_FOOTER : 0);
}

static unsigned
of_text(const uint32_t *c, size_t n, const char *s, size_t bytes)
{
	struct counts k = { 0 };
	unsigned signs = 0;
	size_t i;

	for (i = 0; i < n; i++)
		signs |= of_itself(c[i], &k) | of_place(c, n, i);
	if (k.latin && k.cyrillic)
		signs |= JK_SIGN_LATIN;
	if (k.cyrillic + k.strange >= 4 && (k.capitals * 3 > k.cyrillic ||
	    k.strange * 12 > k.cyrillic ||
	    (!k.capitals && k.cyrillic >= 20)))
		signs |= JK_SIGN_MOJIBAKE;
	if (k.capitals * 2 > k.cyrillic)
		signs |= JK_SIGN_CAPS;
	if (k.latin)
		signs |= JK_SIGN_ROMAN;
	return signs | of_ends(c, n, s, bytes, k.latin > 0);
}

/* Mostly plain text: few signs in one, so that each is missed if it is. */
static uint32_t
draw_char(uint32_t loud)
{
	static const uint32_t few[] = { ' ', '\n', '-', '.', '!', '?', ':',
	    '/', '*', '=', '_', '~', '#', '+', '&', '<', '\\', '\t', '\r',
	    '"', ')', '1', 'J', 'x', '@', '[', ']', '^', '}', 0x7f, 0x1f, 1, 0x2014,
	    0x2026, 0xab, 0xbb, 0x201c, 0xa0, 0x85, 0x401, 0x451, 0x406,
	    0x456, 0x200b, 0x2028, 0x202f, 0x205f, 0x2116, 0x2500, 0xe9,
	    0x301, 0x34f, 0x4e00, 0x1f600, 0x460, 0x490, 0x43b };

	if (draw(100) < loud)
		return few[draw(sizeof few / sizeof *few)];
	return draw(5) ? 0x430 + draw(32) : draw(2) ? ' ' : 0x410 + draw(32);
}

static void
texts_at_random(uint32_t loud, size_t most, int count)
{
	static char bytes[MOST_BYTES + 32];
	static uint32_t c[MOST_CHARS];
	size_t i, n, len;
	unsigned want, got = 0;
	int t, bad = 0;
	char *s;

	for (t = 0; t < count; t++) {
		s = bytes + draw(32);
		n = draw((uint32_t)most + 1);
		for (i = len = 0; i < n; i++) {
			c[i] = draw_char(loud);
			len += jk_utf8_encode(c[i], s + len);
		}
		want = of_text(c, n, s, len);
		got = jk_signs_of(s, len);
		got |= jk_signs_of_ends(s, len, got & JK_SIGN_ROMAN);
		if (got != want && !bad++)
			diag("got %x, want %x of '%.*s'", got, want, (int)len,
			    s);
	}
	ok(!bad, "%d texts of up to %zu characters, %u of 100 unusual: %d"
	    " wrong", count, most, (unsigned)loud, bad);
}

/* Longer than counts of one byte for each place go. */
static void
long_text(void)
{
	enum { N = 1 << 16 };
	char *s = malloc(N);
	size_t i;

	if (!s)
		exit(1);
	for (i = 0; i < N; i += 2)
		memcpy(s + i, "\xd0\x90", 2);		/* А */
	ok((jk_signs_of(s, N) & JK_SIGN_CAPS) != 0, "capitals of a long"
	    " text are counted");
	for (i = 0; i < N / 4 * 3; i += 2)
		memcpy(s + i, "\xd0\xb0", 2);		/* а */
	ok(!(jk_signs_of(s, N) & (JK_SIGN_CAPS | JK_SIGN_MOJIBAKE)),
	    "and its small letters");
	free(s);
}

int
main(void)
{
	static const uint32_t louds[] = { 0, 1, 5, 30, 100 };
	size_t i;

	for (i = 0; i < sizeof louds / sizeof *louds; i++) {
		texts_at_random(louds[i], 40, 40000);
		texts_at_random(louds[i], MOST_CHARS, 2000);
	}
	long_text();
	return done_testing();
}
