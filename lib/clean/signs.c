#include "clean/signs.h"

#include "base/bytes16.h"
#include "clean/footer.h"
#include "text/letters.h"

/* Counted over a text, for its mojibake and its alphabets. */
struct tally {
	size_t cyrillic, capitals, strange;
};

/* Signs of the two bytes behind 0xc2, of U+0080 to U+00BF. */
static unsigned
signs_of_c2(unsigned char second, struct tally *t)
{
	if (second == 0x85)
		return JK_SIGN_LINE_END;
	if (second == 0xa0)
		return JK_SIGN_SPACE;
	if (second < 0xa0 || second == 0xad) {
		t->strange++;
		return JK_SIGN_INVISIBLE;
	}
	t->strange += second != 0xab && second != 0xbb;
	return 0;
}

/* Signs of the character that begins with 0xe2 at u, U+2000 to U+2FFF. */
static unsigned
signs_of_e2(const unsigned char *u, struct tally *t)
{
	if (u[1] == 0x80) {
		if (u[2] <= 0x8a)
			return JK_SIGN_SPACE | JK_SIGN_MARK;
		if (u[2] <= 0x8f || (u[2] >= 0xaa && u[2] <= 0xae))
			return JK_SIGN_INVISIBLE;
		if (u[2] == 0xa8 || u[2] == 0xa9)
			return JK_SIGN_LINE_END;
		return u[2] == 0xaf ? JK_SIGN_SPACE : 0;
	}
	/* № and square root, boxes */
	t->strange += u[1] == 0x84 || u[1] == 0x88 ||
	    (u[1] >= 0x94 && u[1] <= 0x96);
	if (u[1] == 0x81)
		return u[2] == 0x9f ? JK_SIGN_SPACE : JK_SIGN_INVISIBLE;
	return JK_SIGN_MARK;
}

static bool
is_before_dash(unsigned char c)
{
	/* the last bytes of . ! ? : " ) and of « … “ ” */
	return c == '.' || c == '!' || c == '?' || c == ':' || c == '"' ||
	    c == ')' || c == 0xbb || c == 0xa6 || c == 0x9c || c == 0x9d;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether a letter and a hyphen stand before the blank at s[at]. */
static bool
is_cut(const char *s, size_t at)
{
	return at > 1 && s[at - 1] == '-' && (s[at - 2] & 0x80);
}

/* Whether a dash, perhaps a space, and a small letter begin at s[at]. */
static bool
goes_on(const char *s, size_t n, size_t at)
{
	unsigned len;

	if (s[at] != '-' && (unsigned char)s[at] != 0xe2)
		return false;
	if (!jk_is_dash(jk_char_at(s, n, at, &len)))
		return false;
	at += len;
	at += at < n && s[at] == ' ';
	return jk_is_lower(jk_char_at(s, n, at, &len));
}

/* Signs of the ASCII character at s[at]. */
static unsigned
signs_of_ascii(const char *s, size_t n, size_t at)
{
	char c = s[at];

	switch (c) {
	case ' ':
		if (at == 0 || at + 1 == n || is_blank(s[at - 1]) ||
		    is_blank(s[at + 1]))
			return JK_SIGN_RUN;
		return is_cut(s, at) ? JK_SIGN_CUT : 0;
	case '\t':
		return JK_SIGN_RUN;
	case '\n':
		if (at == 0 || at + 1 == n || (at > 1 && s[at - 1] == '\n' &&
		    s[at - 2] == '\n'))
			return JK_SIGN_BLANK;
		return (s[at - 1] == '\n' && s[0] == '1' ?
		    JK_SIGN_DIVIDER : 0) |
		    (is_cut(s, at) ? JK_SIGN_CUT : 0) |
		    (goes_on(s, n, at + 1) ? JK_SIGN_SPEECH : 0);
	case '\r': case '\v': case '\f':
		return JK_SIGN_LINE_END;
	case '&':
		return JK_SIGN_AMPERSAND;
	case '<':
		return JK_SIGN_LESS;
	case '\\':
		return JK_SIGN_BACKSLASH;
	case '[':
		return at + 1 < n && s[at + 1] == '/' ? JK_SIGN_BRACKET : 0;
	case ':':
		return at + 1 < n && s[at + 1] == '/' ? JK_SIGN_LINK : 0;
	case '-': case '*': case '=': case '_': case '~': case '#': case '+':
		return ((at > 0 && s[at - 1] == c) || (at > 1 &&
		    s[at - 1] == ' ' && s[at - 2] == c) ? JK_SIGN_DIVIDER : 0) |
		    (c == '#' ? JK_SIGN_HASH : 0);
	default:
		return (unsigned char)c < 0x20 || c == 0x7f
		    ? JK_SIGN_INVISIBLE : 0;
	}
}

unsigned
jk_signs_of_ends(const char *s, size_t n, bool roman)
{
	unsigned signs = 0;
	char first, last;
	size_t at = 0;

	while (at < n && is_blank(s[at]))
		at++;
	while (n > at && is_blank(s[n - 1]))
		n--;
	if (at == n)
		return 0;
	first = s[at];
	last = s[n - 1];
	/* a digit, #, №, and the words for a joke: А, Ш, J */
	if ((first >= '0' && first <= '9') || first == '#' ||
	    (unsigned char)first == 0xe2 || first == 'J' || (n - at > 1 &&
	    (unsigned char)first == 0xd0 &&
	    ((unsigned char)s[at + 1] == 0x90 ||
	    (unsigned char)s[at + 1] == 0xa8)))
		signs |= JK_SIGN_NUMBER;
	if (last == '>' || (roman && (unsigned char)last < 0x80))
		signs |= JK_SIGN_SITE;
	if (jk_may_have_footer(s, n))
		signs |= JK_SIGN_FOOTER;
	return signs;
}

/* Signs of the character that begins at s[at] and is_loud. */
static unsigned
signs_of_loud(const char *s, size_t n, size_t at, struct tally *t)
{
	const unsigned char *u = (const unsigned char *)s + at;
	unsigned signs = 0;

	if ((*u == '-' || *u == 0xe2) && at > 0 && is_before_dash(u[-1]))
		signs = JK_SIGN_DASH;
	if (*u < 0x80) {
		signs |= signs_of_ascii(s, n, at);
		if (*u == '-' && at + 1 < n && u[1] == ' ')
			signs |= signs_of_ascii(s, n, at + 1);
		return signs;
	}
	if (*u == 0xe2)
		return signs | signs_of_e2(u, t);
	if (*u == 0xc2)
		return signs | signs_of_c2(u[1], t);
	t->strange++;
	return JK_SIGN_MARK |
	    (*u >= 0xcd ? JK_SIGN_INVISIBLE | JK_SIGN_SPACE : 0);
}

/*
 * A bit for each byte that begins what signs_of_loud looks at: characters
 * beyond those of Russian, controls, and of ASCII # & * + - : < = [ \ _ ~ (and
 * ] and ^, which stand between those and bear no sign).
 */
static uint32_t
loud_bytes(jk_bytes16 v, jk_bytes16 even, jk_bytes16 cyrillic)
{
	return jk_bytes16_mask((jk_bytes16_from(v, 0xc2) & ~cyrillic) |
	    jk_bytes16_upto(v, 0x1f) | jk_bytes16_is(v, '#') |
	    jk_bytes16_is(v, '&') | jk_bytes16_is(v, '-') |
	    jk_bytes16_is(v, ':') | jk_bytes16_upto(v - '[', '_' - '[') |
	    jk_bytes16_is(even, '*') | jk_bytes16_is(even, '<') |
	    jk_bytes16_is(even, '~'));
}

/* Blanks but tabs, which are loud and stand for the same. */
static jk_bytes16
blanks(jk_bytes16 v)
{
	return jk_bytes16_is(v, ' ') | jk_bytes16_is(v, '\n') |
	    jk_bytes16_is(v, '\r');
}

/* Seen in words of sixteen bytes: for each byte whether, or how often. */
struct seen {
	jk_bytes16 runs, sentences, latin;
	jk_bytes16 cyrillic, capitals, strange;
};

/*
 * Look at the sixteen bytes behind the first at s, whose neighbours are those
 * before and behind.  Returns the loud ones.
 */
static uint32_t
look_at(struct seen *seen, const char *s)
{
	jk_bytes16 before = jk_bytes16_load(s), v = jk_bytes16_load(s + 1);
	jk_bytes16 next = jk_bytes16_load(s + 2), even = v & 0xfe;
	jk_bytes16 cyrillic = jk_bytes16_is(even, 0xd0), capital;
	jk_bytes16 d0 = jk_bytes16_is(v, 0xd0);

	capital = d0 & jk_bytes16_second_below(next, 0xb0);
	seen->runs |= jk_bytes16_is(v, ' ') & (blanks(before) | blanks(next));
	seen->sentences |= capital & (jk_bytes16_is(before, '.') |
	    jk_bytes16_is(before, '!') | jk_bytes16_is(before, '?'));
	seen->latin |= jk_bytes16_upto((v | 0x20) - 'a', 25);
	/* what is true is -1 */
	seen->cyrillic -= cyrillic;
	seen->capitals -= capital;
	/* Ѐ to џ; those of Russian are А to я, Ё and ё */
	seen->strange -= (d0 & jk_bytes16_second_below(next, 0x90) &
	    ~jk_bytes16_is(next, 0x81)) |
	    (cyrillic & ~d0 & jk_bytes16_upto(next - 0x92, 0x0d));
	return loud_bytes(v, even, cyrillic);
}

enum {
	WORD = 16,
	MOST_WORDS = 255	/* whose bytes' counts one byte holds */
};

/*
 * Look at s[at] and what follows, as many words as counts have room for.
 * Returns the index behind them.
 */
static size_t
look_at_words(struct seen *seen, const char *s, size_t n, size_t at,
    unsigned *signs, struct tally *t)
{
	char ends[WORD + 2];
	const char *word;
	unsigned words;
	uint32_t loud;
	size_t have;

	for (words = 0; at < n && words < MOST_WORDS; words++, at += WORD) {
		have = n - at < WORD ? n - at : WORD;
		word = s + at - 1;
		if (!at || n - at <= WORD) {
			/* with neighbours that no text has */
			memset(ends, 0xff, sizeof ends);
			memcpy(ends + !at, s + at - !!at, have + !!at +
			    (at + have < n));
			word = ends;
		}
		loud = look_at(seen, word) & ((1u << have) - 1);
		for (; loud; loud &= loud - 1)
			*signs |= signs_of_loud(s, n, at +
			    (size_t)__builtin_ctz(loud), t);
	}
	return at;
}

unsigned
jk_signs_of(const char *s, size_t n)
{
	struct tally t = { 0 };
	struct seen seen, any = { 0 };
	unsigned signs = 0;
	size_t at = 0;

	while (at < n) {
		seen = (struct seen){ 0 };
		at = look_at_words(&seen, s, n, at, &signs, &t);
		any.runs |= seen.runs;
		any.sentences |= seen.sentences;
		any.latin |= seen.latin;
		t.cyrillic += jk_bytes16_sum(seen.cyrillic);
		t.capitals += jk_bytes16_sum(seen.capitals);
		t.strange += jk_bytes16_sum(seen.strange);
	}
	if (n && (s[0] == ' ' || s[n - 1] == ' ' ||
	    jk_bytes16_mask(any.runs)))
		signs |= JK_SIGN_RUN;
	if (jk_bytes16_mask(any.sentences))
		signs |= JK_SIGN_SENTENCE;
	if (jk_bytes16_mask(any.latin))
		signs |= JK_SIGN_ROMAN | (t.cyrillic ? JK_SIGN_LATIN : 0);
	if (t.cyrillic + t.strange >= 4 && (t.capitals * 3 > t.cyrillic ||
	    t.strange * 12 > t.cyrillic ||
	    (!t.capitals && t.cyrillic >= 20)))
		signs |= JK_SIGN_MOJIBAKE;
	if (t.capitals * 2 > t.cyrillic)
		signs |= JK_SIGN_CAPS;
	return signs;
}
