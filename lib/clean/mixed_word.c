#include "clean/mixed_word.h"

#include <string.h>

#include "text/affix.h"
#include "text/letters.h"

/*
 * Latin letters and the Cyrillic ones that look the same.  Not I, which has no
 * twin where Cyrillic is wanted: no Russian word has it, and "IMНO" is Latin.
 */
#define TWINS(X) \
	X('A', 0x410) X('B', 0x412) X('C', 0x421) X('E', 0x415) \
	X('H', 0x41d) X('K', 0x41a) X('M', 0x41c) X('O', 0x41e) \
	X('P', 0x420) X('T', 0x422) X('X', 0x425) X('Y', 0x423) \
	X('a', 0x430) X('c', 0x441) X('e', 0x435) X('i', 0x456) \
	X('k', 0x43a) X('o', 0x43e) X('p', 0x440) X('x', 0x445) \
	X('y', 0x443)

uint32_t
jk_twin_cyrillic(uint32_t c)
{
	static const uint16_t twins[0x80] = {
#define X(latin, cyrillic) [latin] = cyrillic,
		TWINS(X)
#undef X
	};

	return c < 0x80 ? twins[c] : 0;
}

uint32_t
jk_twin_latin(uint32_t c)
{
	static const char twins[0x60] = {
#define X(latin, cyrillic) [(cyrillic) - 0x400] = latin,
		TWINS(X) X('I', 0x406)
#undef X
	};

	return c - 0x400 < 0x60 ? (uint32_t)twins[c - 0x400] : 0;
}

bool
jk_hides_letters(uint32_t c)
{
	return c == '@' || c == '#' || c == '*' || c == '$' || c == '%' ||
	    c == '&';
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
add_letter(struct jk_mixed_word *w, unsigned at, uint32_t c, uint32_t before)
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
		w->latin_alone += !jk_twin_cyrillic(c);
	} else {
		if (w->latin_capitals == at && at)
			w->small_cyrillic = jk_is_lower(c);
		w->cyrillic++;
		w->cyrillic_alone += !jk_twin_latin(c);
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
	size_t len = 0;
	unsigned step;
	uint32_t c, twin;

	for (; len < 12 && jk_is_letter(c = jk_char_at(s, n, at, &step));
	    at += step) {
		twin = jk_twin_cyrillic(c);
		len += jk_utf8_encode(twin ? twin : c, word + len);
	}
	return jk_begins_with(word, len, units);
}

bool
jk_stands_for_letter(const char *s, size_t n, size_t at)
{
	unsigned len;

	return jk_is_letter(jk_char_at(s, n, at + 1, &len)) &&
	    !(at && ((s[at - 1] >= '0' && s[at - 1] <= '9') ||
	    s[at - 1] == '.' || s[at - 1] == ',')) &&
	    (s[at] == '0' || jk_is_letter(jk_char_before(s, at, &len)) ||
	    !begins_unit(s, n, at + 1));
}

size_t
jk_mixed_word_measure(const char *s, size_t n, size_t at,
    struct jk_mixed_word *w)
{
	size_t end = at;
	unsigned len, letters = 0;
	uint32_t c, before = 0;

	*w = (struct jk_mixed_word){ 0 };
	for (; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		if (len && jk_is_digit_letter(s, n, at)) {
			w->digits++;
			continue;
		}
		if (!len || (!jk_is_letter(c) && !jk_hides_letters(c)))
			break;
		if (!jk_is_letter(c))
			continue;
		end = at + len;
		add_letter(w, letters++, c, before);
		before = c;
	}
	return end;
}

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
has_ending(const struct jk_mixed_word *w)
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
is_glued(const struct jk_mixed_word *w)
{
	unsigned second_run = w->latin + w->cyrillic - w->first_run;

	if (w->new_word)
		return true;		/* MaryА */
	return w->runs == 2 && (w->new_run ||	/* какToyota */
	    (w->first_run > 2 && second_run > 2));
}

enum jk_twin_change
jk_mixed_word_judge(const struct jk_mixed_word *w)
{
	unsigned letters = w->latin + w->cyrillic;

	if (!w->latin || !w->cyrillic)
		return JK_TWIN_KEEP;
	if (w->latin_capitals > 1 && w->small_cyrillic)
		return JK_TWIN_KEEP;		/* PCшник, SMSка */
	if (w->new_word)
		return JK_TWIN_KEEP;
	if (w->latin == 1 && (w->first == 'i' || w->first == 'e') &&
	    jk_is_cyrillic(w->second) && jk_is_upper(w->second))
		return JK_TWIN_KEEP;		/* iПотека */
	if (w->exes > 2 && w->exes == w->latin)
		return JK_TWIN_KEEP;		/* привелxxx */
	if (w->roman == letters)
		return JK_TWIN_TO_LATIN;	/* ХХIII */
	if (!w->latin_alone)
		return JK_TWIN_TO_CYRILLIC;
	if (w->cyrillic_alone || is_glued(w) || has_ending(w))
		return JK_TWIN_KEEP;
	if (w->cyrillic == 1 && jk_is_lower(w->first) &&
	    jk_is_cyrillic(w->first) && jk_is_upper(w->second))
		return JK_TWIN_KEEP;		/* сWindows */
	return JK_TWIN_TO_LATIN;
}
