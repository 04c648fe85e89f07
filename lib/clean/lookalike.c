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
	bool new_word;	/* a capital of one alphabet ends the word behind
			   small letters of the other: a lost space */
	uint32_t first, second;
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
	w->run = at && jk_is_latin(before) == latin ? w->run + 1 : 1;
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

static enum change
judge(const struct word *w)
{
	unsigned letters = w->latin + w->cyrillic;

	if (!w->latin || !w->cyrillic)
		return KEEP;
	if (w->latin_capitals > 1 && w->small_cyrillic)
		return KEEP;		/* PCшник, SMSка */
	if (w->new_word)
		return KEEP;		/* MaryА */
	if (w->latin == 1 && w->first == 'i' && jk_is_cyrillic(w->second) &&
	    jk_is_upper(w->second))
		return KEEP;		/* iПотека */
	if (w->exes > 2 && w->exes == w->latin)
		return KEEP;		/* привелxxx */
	if (w->roman == letters)
		return TO_LATIN;	/* ХХIII */
	if (!w->latin_alone)
		return TO_CYRILLIC;
	if (w->cyrillic_alone)
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

static void
convert(const char *s, size_t at, size_t end, enum change change,
    struct jk_buf *out)
{
	uint32_t c, twin;
	unsigned len;

	for (; at < end; at += len) {
		c = jk_char_at(s, end, at, &len);
		twin = change == TO_LATIN ? to_latin(c) : to_cyrillic(c);
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
	    hides_letters((uint32_t)s[end]) ? at : end;
}

unsigned
jk_repair_lookalikes(const char *s, size_t n, struct jk_buf *out)
{
	size_t at = 0, start = 0, end;
	unsigned changes = 0, len;
	enum change change;
	struct word w;
	uint32_t c;

	while (at < n) {
		end = cyrillic_end(s, n, at);
		if (end > at) {
			at = end;
			continue;
		}
		c = jk_char_at(s, n, at, &len);
		if (!len)
			break;
		if (!jk_is_letter(c)) {
			at += len;
			continue;
		}
		end = measure(s, n, at, &w);
		change = judge(&w);
		if (change == KEEP && w.latin == 1 && end == at + 1 &&
		    is_lone_word(s, n, at))
			change = TO_CYRILLIC;
		if (change != KEEP) {
			jk_buf_add(out, s + start, at - start);
			convert(s, at, end, change, out);
			start = end;
			changes++;
		}
		at = end;
	}
	jk_buf_add(out, s + start, n - start);
	return changes;
}
