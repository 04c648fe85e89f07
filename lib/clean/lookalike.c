#include "clean/lookalike.h"

#include <stdbool.h>
#include <string.h>

#include "text/letters.h"

/*
 * Latin letters and the Cyrillic ones that look the same.  Not I: no Russian
 * word has it, and "IMНO" is Latin.
 */
static const struct {
	char latin;
	uint16_t cyrillic;
} twins[] = {
	{ 'A', 0x410 }, { 'B', 0x412 }, { 'C', 0x421 }, { 'E', 0x415 },
	{ 'H', 0x41d }, { 'K', 0x41a }, { 'M', 0x41c },
	{ 'O', 0x41e }, { 'P', 0x420 }, { 'T', 0x422 }, { 'X', 0x425 },
	{ 'Y', 0x423 },
	{ 'a', 0x430 }, { 'c', 0x441 }, { 'e', 0x435 }, { 'i', 0x456 },
	{ 'k', 0x43a }, { 'o', 0x43e }, { 'p', 0x440 }, { 'x', 0x445 },
	{ 'y', 0x443 }
};

static uint32_t
to_cyrillic(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof twins / sizeof *twins; i++)
		if ((uint32_t)twins[i].latin == c)
			return twins[i].cyrillic;
	return 0;
}

static uint32_t
to_latin(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof twins / sizeof *twins; i++)
		if (twins[i].cyrillic == c)
			return (uint32_t)twins[i].latin;
	return 0;
}

/* What one word consists of. */
struct word {
	unsigned latin, cyrillic;
	unsigned latin_alone, cyrillic_alone;	/* letters without a twin */
	unsigned latin_capitals;	/* at the beginning, without a gap */
	unsigned exes;			/* Latin x, small or capital */
	unsigned roman;			/* capitals that count, both alphabets */
	unsigned run;			/* letters of one alphabet so far */
	bool small_cyrillic;		/* right behind those capitals */
	unsigned runs;			/* of letters of one alphabet */
	unsigned first_run;		/* letters of the first of them */
	bool new_word;	/* a capital of one alphabet ends the word behind
			   small letters of the other: a lost space */
	bool new_run;	/* the second run begins so */
	unsigned digits;		/* that stand for letters */
	unsigned small;			/* letters */
	uint32_t first, second;
	uint32_t stem_end[2];	/* the last two letters of the first run */
	uint32_t last, last_but_one;
};

static bool
hides_letters(uint32_t c)
{
	return c < 0x80 && c && strchr("@#*$%&", (int)c);
}

/* Roman numerals in Latin letters and in Cyrillic ones: Х, С, М, І. */
static bool
is_roman(uint32_t c)
{
	return (c < 0x80 && strchr("IVXLCDM", (int)c)) || c == 0x425 ||
	    c == 0x421 || c == 0x41c || c == 0x406;
}

/* Add letter number `at` of the word, which follows `before`. */
static void
add_letter(struct word *w, unsigned at, uint32_t c, uint32_t before)
{
	bool latin = jk_is_latin(c);

	if (at == 0)
		w->first = c;
	if (at == 1)
		w->second = c;
	if (at)
		w->new_word = jk_is_upper(c) && jk_is_lower(before) &&
		    jk_is_latin(before) != latin && w->run > 1;
	if (at == 0 || jk_is_latin(before) != latin) {
		if (w->runs == 1) {
			w->first_run = at;
			w->new_run = w->new_word;
			w->stem_end[0] = w->last_but_one;
			w->stem_end[1] = w->last;
		}
		w->runs++;
		w->run = 0;
	}
	w->run++;
	w->small += jk_is_lower(c);
	w->last_but_one = w->last;
	w->last = c;
	w->exes += (c | 0x20) == 'x';
	w->roman += is_roman(c);
	if (latin) {
		if (w->latin_capitals == at && jk_is_upper(c))
			w->latin_capitals++;
		w->latin++;
		w->latin_alone += !to_cyrillic(c);
	} else {
		if (w->latin_capitals == at && at)
			w->small_cyrillic = jk_is_lower(c);
		w->cyrillic++;
		w->cyrillic_alone += !to_latin(c);
	}
}

/* Whether s[at..n) begins with a word that numbers stand before: "3ноября". */
static bool
begins_unit(const char *s, size_t n, size_t at)
{
	static const char *const units[] = { "январ", "феврал", "март",
	    "апрел", "мая", "июн", "июл", "август", "сентяб", "октяб",
	    "нояб", "декаб", "лет", "год", "дн", "ден", "час", "мин", "раз",
	    "руб", "кг", "см", "мм", "км", "шт", "куб", "литр", "мес",
	    "недел", "тыс", "млн", NULL };
	char word[16];
	size_t len = 0, i;
	unsigned step;
	uint32_t c, twin;

	for (; len < 12 && jk_is_letter(c = jk_char_at(s, n, at, &step));
	    at += step) {
		twin = to_cyrillic(c);
		len += jk_utf8_encode(twin ? twin : c, word + len);
	}
	for (i = 0; units[i]; i++)
		if (len >= strlen(units[i]) &&
		    memcmp(word, units[i], strlen(units[i])) == 0)
			return true;
	return false;
}

/* Whether a digit that looks like З, О or б stands at s[at], no number. */
static bool
is_digit_letter(const char *s, size_t n, size_t at)
{
	unsigned len;

	return (s[at] == '0' || s[at] == '3' || s[at] == '6') &&
	    jk_is_letter(jk_char_at(s, n, at + 1, &len)) &&
	    !(at && ((s[at - 1] >= '0' && s[at - 1] <= '9') ||
	    s[at - 1] == '.' || s[at - 1] == ',')) &&
	    (s[at] == '0' || jk_is_letter(jk_char_before(s, at, &len)) ||
	    !begins_unit(s, n, at + 1));
}

/* Measure the word at s[at].  Returns the index behind it. */
static size_t
measure(const char *s, size_t n, size_t at, struct word *w)
{
	size_t end = at;
	unsigned len, letters = 0;
	uint32_t c, before = 0;

	*w = (struct word){ 0 };
	for (; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		if (len && is_digit_letter(s, n, at)) {
			w->digits++;
			continue;
		}
		if (!len || (!jk_is_letter(c) && !hides_letters(c)))
			break;
		if (!jk_is_letter(c))
			continue;
		end = at + len;
		add_letter(w, letters++, c, before);
		before = c;
	}
	return end;
}

enum change { KEEP, TO_CYRILLIC, TO_LATIN };

static bool
is_latin_vowel(uint32_t c)
{
	c |= 0x20;
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' ||
	    c == 'y';
}

/*
 * Whether a Latin name with a Russian ending is what it looks like: "Facebookа",
 * "в Twitterе".  The name ends in a consonant, and not so that an English e has
 * to follow ("Googlе" is Google).
 */
static bool
has_ending(const struct word *w)
{
	static const char silent[][3] = { "on", "om", "ic", "ub", "yp", "in",
	    "it", "am", "od", "ag", "im", "iv", "as", "os", "us", "at" };
	uint32_t e = w->last, stem = w->stem_end[1], before = w->stem_end[0];
	size_t i;

	if (w->runs != 2 || !jk_is_latin(w->first) || w->first_run < 3 ||
	    !jk_is_lower(stem))
		return false;
	if (w->cyrillic == 1 && e == 0x435 && stem == 'e')
		return jk_is_upper(w->first);	/* в YouTubeе */
	if (is_latin_vowel(stem))
		return false;
	if (w->cyrillic == 2)
		return w->last_but_one == 0x430 && e == 0x445;	/* ах */
	if (w->cyrillic != 1)
		return false;
	if (e == 0x430)
		return jk_is_upper(w->first) || w->first_run > 4;
	/* "Bunnу" is Bunny */
	if (e == 0x443)
		return w->first_run > 4 && ((strchr("krmpt", (int)stem) &&
		    is_latin_vowel(before)) || (before == 'n' && stem == 'g'));
	/* few English words are so long without their e */
	if (e != 0x435 || !jk_is_upper(w->first) || w->first_run < 6 ||
	    stem == 'v' || stem == 'c' || (stem == 'l' &&
	    !is_latin_vowel(before)))
		return false;
	for (i = 0; i < sizeof silent / sizeof *silent; i++)
		if ((uint32_t)silent[i][0] == before &&
		    (uint32_t)silent[i][1] == stem)
			return false;
	return true;
}

/* Whether a space was lost between words of two alphabets. */
static bool
is_glued(const struct word *w)
{
	unsigned second_run = w->latin + w->cyrillic - w->first_run;

	if (w->new_word)
		return true;		/* MaryА */
	return w->runs == 2 && (w->new_run ||	/* какToyota */
	    (w->first_run > 2 && second_run > 2));
}

static enum change
judge(const struct word *w)
{
	unsigned letters = w->latin + w->cyrillic;

	if (!w->latin || !w->cyrillic)
		return KEEP;
	if (w->latin_capitals > 1 && w->small_cyrillic)
		return KEEP;		/* PCшник, SMSка */
	if (w->new_word)
		return KEEP;
	if (w->latin == 1 && (w->first == 'i' || w->first == 'e') &&
	    jk_is_cyrillic(w->second) && jk_is_upper(w->second))
		return KEEP;		/* iПотека */
	if (w->exes > 2 && w->exes == w->latin)
		return KEEP;		/* привелxxx */
	if (w->roman == letters)
		return TO_LATIN;	/* ХХIII */
	if (!w->latin_alone)
		return TO_CYRILLIC;
	if (w->cyrillic_alone || is_glued(w) || has_ending(w))
		return KEEP;
	if (w->cyrillic == 1 && jk_is_lower(w->first) &&
	    jk_is_cyrillic(w->first) && jk_is_upper(w->second))
		return KEEP;		/* сWindows */
	return TO_LATIN;
}

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
		if (jk_is_cyrillic(c) && jk_is_lower(c) && to_latin(c) &&
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
			if (!to_cyrillic(c))
				return true;
			at -= len;
		}
	}
	if (end < n && strchr(" -./@_'", s[end])) {
		end++;
		while (jk_is_latin(c = jk_char_at(s, n, end, &len))) {
			if (!to_cyrillic(c))
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
static enum change
judge_in_full(const char *s, size_t n, size_t at, size_t end,
    const struct word *w)
{
	unsigned letters = w->latin + w->cyrillic;

	if (w->latin && w->cyrillic)
		return KEEP;
	/* "3a" and "0н" are За and Он, "3е" and "6a" numbers */
	if (w->digits && letters == 1 && !(s[at] == '3' ? w->last == 0x430 ||
	    w->last == 'a' : s[at] == '0' && (w->last == 0x43d ||
	    w->last == 'H')))
		return KEEP;
	if (w->cyrillic)
		return w->digits ? TO_CYRILLIC : KEEP;
	if (touches_digit(s, n, at, end) || w->latin_alone || has_latin_neighbour(s, n, at, end) ||
	    memchr(s + at, 'i', end - at))
		return KEEP;
	if (letters == 1 && !w->digits && stands_alone(s, n, at) &&
	    (!strchr("aocykABCKOY", s[at]) || (at && s[at - 1] == '(' && end < n &&
	    s[end] == ')')))
		return KEEP;		/* "x < 5", "(c)" */
	/* "PC" and "OK" are Latin where other words were swapped in part */
	if (letters > 1 && !w->small && !is_thorough(s, n))
		return KEEP;
	return TO_CYRILLIC;
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
convert(const char *s, size_t n, size_t at, size_t end, enum change change,
    struct jk_buf *out)
{
	size_t start = at;
	uint32_t c, twin;
	unsigned len;

	for (; at < end; at += len) {
		c = jk_char_at(s, end, at, &len);
		if (change == TO_CYRILLIC && is_digit_letter(s, n, at))
			twin = letter_of_digit(s, n, start, at);
		else
			twin = change == TO_LATIN ? to_latin(c)
			    : to_cyrillic(c);
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
	    hides_letters((uint32_t)s[end]) || s[end] == '0' ||
	    s[end] == '3' || s[end] == '6' ? at : end;
}

/* One pass over a text that is full of mixed words, or may be. */
static unsigned
pass(const char *s, size_t n, bool full, struct tally *t, struct jk_buf *out)
{
	size_t at = 0, start = 0, end;
	unsigned changes = 0, len;
	enum change change;
	struct word w;
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
		if (!jk_is_letter(c) && !is_digit_letter(s, n, at)) {
			at += len;
			continue;
		}
		end = measure(s, n, at, &w);
		change = judge(&w);
		t->mixed += change == TO_CYRILLIC;
		t->latin += w.latin && !w.cyrillic && w.latin_alone;
		t->cyrillic += w.cyrillic > 2 && !w.latin;
		if (change == KEEP && w.latin == 1 && end == at + 1 &&
		    is_lone_word(s, n, at))
			change = TO_CYRILLIC;
		/* in an address all is Latin: "youtu.be/сDR" */
		if (change == KEEP && w.latin && w.cyrillic &&
		    !w.cyrillic_alone && at && strchr("/@=", s[at - 1]))
			change = TO_LATIN;
		if (change == KEEP && full)
			change = judge_in_full(s, n, at, end, &w);
		if (change != KEEP) {
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
