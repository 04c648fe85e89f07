#include "clean/lookalike.h"

#include <string.h>

#include "clean/mixed_word.h"
#include "text/letters.h"

static bool
is_cyrillic_at(const char *s, size_t n, size_t at)
{
	unsigned len;

	return jk_is_cyrillic(jk_char_at(s, n, at, &len));
}

/* A small Latin letter by itself: " c ", between Cyrillic words. */
static bool
is_lone_word(const char *s, size_t n, size_t at)
{
	unsigned len;

	if (!strchr("acoy", s[at]) || at + 2 >= n || s[at + 1] != ' ' ||
	    !is_cyrillic_at(s, n, at + 2))
		return false;
	if (at < 2 || s[at - 1] != ' ')
		return false;
	at--;
	if (s[at - 1] == ',')
		at--;
	return jk_is_cyrillic(jk_char_before(s, at, &len));
}

/* --- what the text has around a word */

/* Counted over a text. */
struct tally {
	unsigned mixed;		/* words that become Cyrillic */
	unsigned cyrillic;	/* words of three Cyrillic letters and more */
	unsigned latin;		/* words that only Latin has letters for */
};

/* Most of what could be swapped is. */
static bool
is_full(const struct tally *t)
{
	return t->mixed > t->latin && t->mixed * 3 >= t->cyrillic &&
	    t->mixed > (t->cyrillic > 0);
}

/* Whether no Cyrillic letter with a small twin is left in a text. */
static bool
is_thorough(const char *s, size_t n)
{
	unsigned len;
	size_t at;
	uint32_t c;

	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		if (jk_is_cyrillic(c) && jk_is_lower(c) && jk_twin_latin(c) &&
		    c != 0x43a)
			return false;
	}
	return true;
}

/* Whether a Latin word that has letters of its own is next to s[at..end). */
static bool
has_latin_neighbour(const char *s, size_t n, size_t at, size_t end)
{
	unsigned len;
	uint32_t c;

	if (at && strchr(" -./@_'", s[at - 1])) {
		at--;
		while (jk_is_latin(c = jk_char_before(s, at, &len))) {
			if (!jk_twin_cyrillic(c))
				return true;
			at -= len;
		}
	}
	if (end < n && strchr(" -./@_'", s[end])) {
		end++;
		while (jk_is_latin(c = jk_char_at(s, n, end, &len))) {
			if (!jk_twin_cyrillic(c))
				return true;
			end += len;
		}
	}
	return false;
}

/* Whether the letter at s[at] has blanks around it, or a sign of formulas. */
static bool
stands_alone(const char *s, size_t n, size_t at)
{
	if (at && !strchr(" (\n\"", s[at - 1]))
		return false;
	/* "e-mail", "H. G. Wells" */
	if (at + 1 < n && (s[at + 1] == '-' || s[at + 1] == '.'))
		return (s[at + 1] == '-') == (s[at] == 'e' || s[at] == 'x');
	return at + 1 == n || strchr(" ,=<>+*/)\n\"", s[at + 1]);
}

/* "H2O" */
static bool
touches_digit(const char *s, size_t n, size_t at, size_t end)
{
	return (at && s[at - 1] >= '0' && s[at - 1] <= '9') ||
	    (end < n && s[end] >= '0' && s[end] <= '9');
}

/*
 * A word of twins only ("Ha", "ee"), or of Cyrillic letters and digits
 * ("0н"), in a text that is full of mixed words.
 */
static enum jk_twin_change
judge_in_full(const char *s, size_t n, size_t at, size_t end,
    const struct jk_mixed_word *w)
{
	unsigned letters = w->latin + w->cyrillic;

	if (w->latin && w->cyrillic)
		return JK_TWIN_KEEP;
	/* "3a" and "0н" are За and Он, "3е" and "6a" numbers */
	if (w->digits && letters == 1 && !(s[at] == '3' ? w->last == 0x430 ||
	    w->last == 'a' : s[at] == '0' && (w->last == 0x43d ||
	    w->last == 'H')))
		return JK_TWIN_KEEP;
	if (w->cyrillic)
		return w->digits ? JK_TWIN_TO_CYRILLIC : JK_TWIN_KEEP;
	if (touches_digit(s, n, at, end) || w->latin_alone ||
	    has_latin_neighbour(s, n, at, end) ||
	    memchr(s + at, 'i', end - at))
		return JK_TWIN_KEEP;
	if (letters == 1 && !w->digits && stands_alone(s, n, at) &&
	    (!strchr("aocykABCKOY", s[at]) || (at && s[at - 1] == '(' &&
	    end < n && s[end] == ')')))
		return JK_TWIN_KEEP;		/* "x < 5", "(c)" */
	/* "PC" and "OK" are Latin where other words were swapped in part */
	if (letters > 1 && !w->small && !is_thorough(s, n))
		return JK_TWIN_KEEP;
	return JK_TWIN_TO_CYRILLIC;
}

/* Whether a word at s[at] begins a sentence. */
static bool
begins_sentence(const char *s, size_t at)
{
	unsigned len;
	uint32_t c;

	do {
		c = jk_char_before(s, at, &len);
		at -= len;
	} while (c == ' ' || c == '"' || c == 0xab || c == 0x201e ||
	    c == '(' || jk_is_dash(c));
	return !c || c == '\n' || c == '.' || c == '!' || c == '?' ||
	    c == 0x2026;
}

/* The letter that the digit at s[at] of the word from `start` stands for. */
static uint32_t
letter_of_digit(const char *s, size_t n, size_t start, size_t at)
{
	uint32_t small = s[at] == '0' ? 0x43e : s[at] == '3' ? 0x437 : 0x431;
	uint32_t next;
	unsigned len;
	bool large;

	next = jk_char_at(s, n, at + 1, &len);
	if (at == start)
		large = begins_sentence(s, at) || (jk_is_upper(next) &&
		    jk_is_upper(jk_char_at(s, n, at + 1 + len, &len)));
	else
		large = jk_is_upper(next) &&
		    jk_is_upper(jk_char_before(s, at, &len));
	return large ? jk_upper(small) : small;
}

static void
convert(const char *s, size_t n, size_t at, size_t end,
    enum jk_twin_change change, struct jk_buf *out)
{
	size_t start = at;
	uint32_t c, twin;
	unsigned len;

	for (; at < end; at += len) {
		c = jk_char_at(s, end, at, &len);
		if (change == JK_TWIN_TO_CYRILLIC &&
		    jk_is_digit_letter(s, n, at))
			twin = letter_of_digit(s, n, start, at);
		else
			twin = change == JK_TWIN_TO_LATIN ? jk_twin_latin(c)
			    : jk_twin_cyrillic(c);
		jk_buf_add_utf8(out, twin ? twin : c);
	}
}

/*
 * Most words are Cyrillic throughout.  Returns the index behind the one at
 * s[at], or `at` where it is not one or has to be looked at.
 */
static size_t
cyrillic_end(const char *s, size_t n, size_t at)
{
	size_t end = at;

	while (end < n && ((unsigned char)s[end] & 0xfe) == 0xd0)
		end += 2;
	if (end >= n)
		return n;
	return (s[end] & 0x80) || jk_is_latin((uint32_t)s[end]) ||
	    jk_hides_letters((uint32_t)s[end]) ||
	    jk_looks_like_letter(s[end]) ? at : end;
}

/*
 * Whether a word at s[at] of capitals that have twins is the last part of a
 * Latin name that ends before s[latin]: "SETUP.EXE", whatever its letters.
 */
static bool
is_extension(const char *s, size_t latin, size_t at,
    const struct jk_mixed_word *w)
{
	return latin && at == latin + 1 && s[latin] == '.' && !w->small &&
	    !w->latin_alone && !w->cyrillic_alone && w->latin + w->cyrillic > 2;
}

/* One pass over a text that is full of mixed words, or may be. */
static unsigned
pass(const char *s, size_t n, bool full, struct tally *t, struct jk_buf *out)
{
	size_t at = 0, start = 0, latin = 0, end;
	unsigned changes = 0, len;
	enum jk_twin_change change;
	struct jk_mixed_word w;
	uint32_t c;

	while (at < n) {
		end = cyrillic_end(s, n, at);
		if (end > at) {
			t->cyrillic += end - at >= 6;
			at = end;
			continue;
		}
		c = jk_char_at(s, n, at, &len);
		if (!len)
			break;
		if (!jk_is_letter(c) && !jk_is_digit_letter(s, n, at)) {
			at += len;
			continue;
		}
		end = jk_mixed_word_measure(s, n, at, &w);
		change = jk_mixed_word_judge(&w);
		if (change == JK_TWIN_TO_CYRILLIC &&
		    is_extension(s, latin, at, &w))
			change = JK_TWIN_TO_LATIN;
		if (w.latin_alone && (!w.cyrillic || change == JK_TWIN_TO_LATIN))
			latin = end;
		t->mixed += change == JK_TWIN_TO_CYRILLIC;
		t->latin += w.latin && !w.cyrillic && w.latin_alone;
		t->cyrillic += w.cyrillic > 2 && !w.latin;
		if (change == JK_TWIN_KEEP && w.latin == 1 && end == at + 1 &&
		    is_lone_word(s, n, at))
			change = JK_TWIN_TO_CYRILLIC;
		/* in an address all is Latin: "youtu.be/сDR" */
		if (change == JK_TWIN_KEEP && w.latin && w.cyrillic &&
		    !w.cyrillic_alone && at && strchr("/@=", s[at - 1]))
			change = JK_TWIN_TO_LATIN;
		if (change == JK_TWIN_KEEP && full)
			change = judge_in_full(s, n, at, end, &w);
		if (change != JK_TWIN_KEEP) {
			jk_buf_add(out, s + start, at - start);
			convert(s, n, at, end, change, out);
			start = end;
			changes++;
		}
		at = end;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}

unsigned
jk_repair_lookalikes(const char *s, size_t n, struct jk_buf *out)
{
	struct tally t = { 0 };
	size_t before = out->len;
	unsigned changes;

	changes = pass(s, n, false, &t, out);
	if (!changes || out->failed || !is_full(&t))
		return changes;
	out->len = before;
	return pass(s, n, true, &t, out);
}
