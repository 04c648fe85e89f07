#include "clean/clean.h"

#include <stdlib.h>
#include <string.h>

#include "clean/caps.h"
#include "clean/dialogue.h"
#include "clean/entities.h"
#include "clean/escapes.h"
#include "clean/footer.h"
#include "clean/furniture.h"
#include "clean/lookalike.h"
#include "clean/markup.h"
#include "clean/whitespace.h"
#include "clean/wraps.h"
#include "text/letters.h"

/*
 * What a scan saw in a text.  A repair runs only where a sign was seen that
 * it could work on, so sound text costs one pass.
 */
enum sign {
	SIGN_AMPERSAND = 1 << 0,
	SIGN_LESS = 1 << 1,
	SIGN_BACKSLASH = 1 << 2,
	SIGN_LINE_END = 1 << 3,		/* one that is not \n */
	SIGN_INVISIBLE = 1 << 4,
	SIGN_SPACE = 1 << 5,		/* one that is not U+0020 */
	SIGN_MARK = 1 << 6,		/* could be out of NFC */
	SIGN_RUN = 1 << 7,		/* spaces to squeeze */
	SIGN_BLANK = 1 << 8,		/* line feeds to squeeze */
	SIGN_LATIN = 1 << 9,
	SIGN_NUMBER = 1 << 10,		/* a digit near the beginning */
	SIGN_SITE = 1 << 11,		/* a Latin end */
	SIGN_DASH = 1 << 12,		/* a dash behind another sign */
	SIGN_DIVIDER = 1 << 13,		/* "***", "---" and the like */
	SIGN_MOJIBAKE = 1 << 14,
	SIGN_CAPS = 1 << 15,		/* mostly capitals */
	SIGN_SENTENCE = 1 << 16,	/* a capital right behind . ! or ? */
	SIGN_CUT = 1 << 17,		/* a hyphen at the end of a word */
	SIGN_SPEECH = 1 << 18,	/* a line of a dash and a small letter */
	SIGN_HASH = 1 << 19,
	SIGN_FOOTER = 1 << 20,		/* a last line that is no dialogue */
	SIGN_LINK = 1 << 21
};

static const char *const names[JK_N_REPAIRS] = {
#define X(id, name, what) [JK_REPAIR_##id] = name,
	JK_REPAIRS(X)
#undef X
};

static const char *const explanations[JK_N_REPAIRS] = {
#define X(id, name, what) [JK_REPAIR_##id] = what,
	JK_REPAIRS(X)
#undef X
};

/*
 * Mojibake needs its tables and glue makes several texts: both below.  Last
 * lines need many texts: clean/last_lines.h.
 */
static const struct {
	unsigned (*run)(const char *s, size_t n, struct jk_buf *out);
	unsigned signs;
} repairs[JK_N_REPAIRS] = {
	[JK_REPAIR_MOJIBAKE] = { NULL, SIGN_MOJIBAKE },
	[JK_REPAIR_CAPS] = { jk_repair_caps, SIGN_CAPS },
	[JK_REPAIR_ENTITIES] = { jk_repair_entities, SIGN_AMPERSAND },
	[JK_REPAIR_MARKUP] = { jk_repair_markup, SIGN_LESS },
	[JK_REPAIR_ESCAPES] = { jk_repair_escapes, SIGN_BACKSLASH },
	[JK_REPAIR_AMPERSANDS] = { jk_repair_ampersands, SIGN_AMPERSAND },
	[JK_REPAIR_LINE_ENDS] = { jk_repair_line_ends, SIGN_LINE_END },
	[JK_REPAIR_INVISIBLE] = { jk_repair_invisible, SIGN_INVISIBLE },
	[JK_REPAIR_NBSP] = { jk_repair_nbsp, SIGN_SPACE },
	[JK_REPAIR_NFC] = { jk_repair_nfc, SIGN_MARK },
	[JK_REPAIR_SPACES] = { jk_repair_spaces, SIGN_RUN },
	[JK_REPAIR_BLANK_LINES] = { jk_repair_blank_lines, SIGN_BLANK },
	[JK_REPAIR_LOOKALIKES] = { jk_repair_lookalikes, SIGN_LATIN },
	[JK_REPAIR_HYPHENS] = { jk_repair_hyphens, SIGN_CUT },
	[JK_REPAIR_NUMBERS] = { jk_repair_numbers, SIGN_NUMBER },
	[JK_REPAIR_SITE] = { jk_repair_site, SIGN_SITE | SIGN_LINK },
	[JK_REPAIR_HASHTAGS] = { jk_repair_hashtags, SIGN_HASH },
	[JK_REPAIR_FOOTERS] = { jk_repair_footers, SIGN_FOOTER | SIGN_SITE },
	[JK_REPAIR_DASHES] = { jk_repair_dashes, SIGN_DASH },
	[JK_REPAIR_SENTENCES] = { jk_repair_sentences, SIGN_SENTENCE },
	[JK_REPAIR_SPEECH] = { jk_repair_speech, SIGN_SPEECH },
	[JK_REPAIR_GLUE] = { NULL, SIGN_DIVIDER },
	[JK_REPAIR_LAST_LINES] = { NULL, 0 }
};

const char *
jk_repair_name(enum jk_repair r)
{
	return names[r];
}

const char *
jk_repair_what(enum jk_repair r)
{
	return explanations[r];
}

int
jk_repair_of_name(const char *name, size_t n)
{
	int r;

	for (r = 0; r < JK_N_REPAIRS; r++)
		if (strlen(names[r]) == n && memcmp(names[r], name, n) == 0)
			return r;
	return -1;
}

void
jk_cleaner_init(struct jk_cleaner *c, const struct jk_codepages *pages)
{
	*c = (struct jk_cleaner){ .pages = pages,
	    .enabled = JK_ALL_REPAIRS };
}

void
jk_cleaner_release(struct jk_cleaner *c)
{
	jk_buf_release(&c->a);
	jk_buf_release(&c->b);
	jk_buf_release(&c->parts);
	free(c->ends);
	*c = (struct jk_cleaner){ 0 };
}

void
jk_cleaner_add_counts(struct jk_cleaner *c, const struct jk_cleaner *other)
{
	int r;

	for (r = 0; r < JK_N_REPAIRS; r++) {
		c->texts[r] += other->texts[r];
		c->changes[r] += other->changes[r];
	}
}

const char *
jk_cleaner_part(const struct jk_cleaner *c, size_t i, size_t *n)
{
	size_t start = i ? c->ends[i - 1] + 1 : 0;

	*n = c->ends[i] - start;
	return c->parts.data + start;
}

/* --- the scan */

/* Counted over a text, for its mojibake and its alphabets. */
struct tally {
	size_t cyrillic, capitals, latin, strange;
};

/* Signs of the two bytes behind 0xc2, of U+0080 to U+00BF. */
static unsigned
signs_of_c2(unsigned char second, struct tally *t)
{
	if (second == 0x85)
		return SIGN_LINE_END;
	if (second == 0xa0)
		return SIGN_SPACE;
	if (second < 0xa0 || second == 0xad) {
		t->strange++;
		return SIGN_INVISIBLE;
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
			return SIGN_SPACE | SIGN_MARK;
		if (u[2] <= 0x8f || (u[2] >= 0xaa && u[2] <= 0xae))
			return SIGN_INVISIBLE;
		if (u[2] == 0xa8 || u[2] == 0xa9)
			return SIGN_LINE_END;
		return u[2] == 0xaf ? SIGN_SPACE : 0;
	}
	/* № and square root, boxes */
	t->strange += u[1] == 0x84 || u[1] == 0x88 ||
	    (u[1] >= 0x94 && u[1] <= 0x96);
	if (u[1] == 0x81)
		return u[2] == 0x9f ? SIGN_SPACE : SIGN_INVISIBLE;
	return SIGN_MARK;
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
signs_of_ascii(const char *s, size_t n, size_t at, struct tally *t)
{
	char c = s[at];

	switch (c) {
	case ' ':
		if (at == 0 || at + 1 == n || is_blank(s[at - 1]) ||
		    is_blank(s[at + 1]))
			return SIGN_RUN;
		return is_cut(s, at) ? SIGN_CUT : 0;
	case '\t':
		return SIGN_RUN;
	case '\n':
		if (at == 0 || at + 1 == n || (at > 1 && s[at - 1] == '\n' &&
		    s[at - 2] == '\n'))
			return SIGN_BLANK;
		return (s[at - 1] == '\n' && s[0] == '1' ? SIGN_DIVIDER : 0) |
		    (is_cut(s, at) ? SIGN_CUT : 0) |
		    (goes_on(s, n, at + 1) ? SIGN_SPEECH : 0);
	case '\r': case '\v': case '\f':
		return SIGN_LINE_END;
	case '&':
		return SIGN_AMPERSAND;
	case '<':
		return SIGN_LESS;
	case '\\':
		return SIGN_BACKSLASH;
	case ':':
		return at + 1 < n && s[at + 1] == '/' ? SIGN_LINK : 0;
	case '-': case '*': case '=': case '_': case '~': case '#': case '+':
		return ((at > 0 && s[at - 1] == c) || (at > 1 &&
		    s[at - 1] == ' ' && s[at - 2] == c) ? SIGN_DIVIDER : 0) |
		    (c == '#' ? SIGN_HASH : 0);
	default:
		if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
			t->latin++;
		return (unsigned char)c < 0x20 || c == 0x7f
		    ? SIGN_INVISIBLE : 0;
	}
}

/* Signs that only the ends of a text bear. */
static unsigned
signs_of_ends(const char *s, size_t n, const struct tally *t)
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
		signs |= SIGN_NUMBER;
	if (last == '>' || (t->latin && (unsigned char)last < 0x80))
		signs |= SIGN_SITE;
	if (jk_may_have_footer(s, n))
		signs |= SIGN_FOOTER;
	return signs;
}

static unsigned
scan(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	struct tally t = { 0 };
	unsigned signs = 0;
	size_t at = 0;

	while (at < n) {
		size_t small = jk_small_letters_len(s + at, n - at);

		if (small) {
			t.cyrillic += small / 2;
			at += small;
			/* a comma and a space before a word bear no sign */
			at += n - at > 2 && s[at] == ',';
			at += n - at > 1 && s[at] == ' ' && (s[at + 1] & 0x80);
			continue;
		}
		if ((u[at] & 0xfe) == 0xd0) {
			/* Ѐ to џ; those of Russian are А to я, Ё and ё */
			unsigned char v = u[at + 1];

			if (u[at] == 0xd0) {
				if (v < 0xb0) {
					t.capitals++;
					if (at > 0 && (u[at - 1] == '.' ||
					    u[at - 1] == '!' ||
					    u[at - 1] == '?'))
						signs |= SIGN_SENTENCE;
				}
				t.strange += v < 0x90 && v != 0x81;
			} else {
				t.strange += v > 0x91 && v < 0xa0;
			}
			t.cyrillic++;
			at += 2;
			continue;
		}
		if (u[at] < 0x80) {
			if (u[at] == '-' && at > 0 &&
			    is_before_dash(u[at - 1]))
				signs |= SIGN_DASH;
			signs |= signs_of_ascii(s, n, at, &t);
			at++;
			continue;
		}
		if (u[at] == 0xe2) {
			if (at > 0 && is_before_dash(u[at - 1]))
				signs |= SIGN_DASH;
			signs |= signs_of_e2(u + at, &t);
			at += 3;
		} else if (u[at] == 0xc2) {
			signs |= signs_of_c2(u[at + 1], &t);
			at += 2;
		} else {
			signs |= SIGN_MARK;
			if (u[at] >= 0xcd)
				signs |= SIGN_INVISIBLE | SIGN_SPACE;
			t.strange++;
			at += u[at] < 0xe0 ? 2 : u[at] < 0xf0 ? 3 : 4;
		}
	}
	if (t.latin && t.cyrillic)
		signs |= SIGN_LATIN;
	if (t.cyrillic + t.strange >= 4 && (t.capitals * 3 > t.cyrillic ||
	    t.strange * 12 > t.cyrillic ||
	    (!t.capitals && t.cyrillic >= 20)))
		signs |= SIGN_MOJIBAKE;
	if (t.capitals * 2 > t.cyrillic)
		signs |= SIGN_CAPS;
	return signs | signs_of_ends(s, n, &t);
}

/* --- the chain */

enum { MOST_ROUNDS = 1000 };

/* Repair c->a in place until nothing changes.  *seen: a bit for each repair */
static int
repair(struct jk_cleaner *c, uint32_t *seen, unsigned *signs,
    struct jk_err *err)
{
	bool again = true;
	unsigned changes, round;
	int r;

	*signs = scan(jk_buf_str(&c->a), c->a.len);
	for (round = 0; again && round < MOST_ROUNDS; round++) {
		again = false;
		for (r = 0; r < JK_REPAIR_GLUE; r++) {
			struct jk_buf old = c->a;

			if (!(*signs & repairs[r].signs) ||
			    !(c->enabled & 1u << r))
				continue;
			jk_buf_clear(&c->b);
			changes = r == JK_REPAIR_MOJIBAKE
			    ? jk_repair_mojibake(c->pages, jk_buf_str(&c->a),
			    c->a.len, &c->b)
			    : repairs[r].run(jk_buf_str(&c->a), c->a.len,
			    &c->b);
			if (jk_buf_check(&c->b, err) < 0)
				return -1;
			if (!changes)
				continue;
			c->a = c->b;
			c->b = old;
			c->changes[r] += changes;
			*seen |= 1u << r;
			*signs = scan(jk_buf_str(&c->a), c->a.len);
			again = true;
		}
	}
	return 0;
}

static int
add_part(struct jk_cleaner *c, struct jk_err *err)
{
	if (!c->a.len)
		return 0;
	if (c->n_parts == c->cap_parts) {
		size_t cap = c->cap_parts * 2 + 8;
		size_t *ends = realloc(c->ends, cap * sizeof *ends);

		if (!ends)
			return jk_fail_nomem(err);
		c->ends = ends;
		c->cap_parts = cap;
	}
	jk_buf_add(&c->parts, c->a.data, c->a.len);
	c->ends[c->n_parts++] = c->parts.len;
	jk_buf_addc(&c->parts, '\0');
	return jk_buf_check(&c->parts, err);
}

/* Take last lines of the file off c->a: whether it had any. */
static bool
take_last_lines(struct jk_cleaner *c, uint32_t *seen)
{
	unsigned lines;
	size_t n;

	if (!c->last_lines || !c->last_lines->n ||
	    !(c->enabled & 1u << JK_REPAIR_LAST_LINES))
		return false;
	n = jk_last_lines_without(c->last_lines, jk_buf_str(&c->a), c->a.len,
	    &lines);
	if (!lines)
		return false;
	c->a.len = n;
	c->a.data[n] = '\0';
	c->changes[JK_REPAIR_LAST_LINES] += lines;
	*seen |= 1u << JK_REPAIR_LAST_LINES;
	return true;
}

/* Clean c->a and add what comes of it to the parts. */
static int
clean_piece(struct jk_cleaner *c, uint32_t *seen, struct jk_err *err)
{
	struct jk_joke_parts parts = { 0 };
	struct jk_buf whole;
	unsigned signs;
	size_t i;
	int r;

	do {
		if (repair(c, seen, &signs, err) < 0)
			return -1;
	} while (take_last_lines(c, seen));
	if (!(signs & SIGN_DIVIDER) ||
	    !(c->enabled & 1u << JK_REPAIR_GLUE))
		return add_part(c, err);
	r = jk_split_jokes(jk_buf_str(&c->a), c->a.len, &parts, err);
	if (r < 0 || (parts.n == 1 && parts.items[0].n == c->a.len)) {
		jk_joke_parts_release(&parts);
		return r < 0 ? r : add_part(c, err);
	}
	*seen |= 1u << JK_REPAIR_GLUE;
	c->changes[JK_REPAIR_GLUE]++;
	/* the parts point into this one */
	whole = c->a;
	c->a = (struct jk_buf)JK_BUF_INIT;
	for (i = 0; i < parts.n && r == 0; i++) {
		jk_buf_clear(&c->a);
		jk_buf_add(&c->a, parts.items[i].text, parts.items[i].n);
		r = jk_buf_check(&c->a, err);
		if (r == 0)
			r = clean_piece(c, seen, err);
	}
	jk_buf_release(&whole);
	jk_joke_parts_release(&parts);
	return r;
}

int
jk_clean(struct jk_cleaner *c, const char *s, size_t n, bool *changed,
    struct jk_err *err)
{
	uint32_t seen = 0;
	int r;

	c->n_parts = 0;
	jk_buf_clear(&c->parts);
	jk_buf_clear(&c->a);
	jk_buf_add(&c->a, s, n);
	if (jk_buf_check(&c->a, err) < 0 || clean_piece(c, &seen, err) < 0)
		return -1;
	for (r = 0; r < JK_N_REPAIRS; r++)
		c->texts[r] += seen >> r & 1;
	c->seen = seen;
	*changed = seen != 0;
	return 0;
}
