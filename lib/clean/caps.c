#include "clean/caps.h"

#include <stdbool.h>

#include "clean/mojibake.h"
#include "text/letters.h"

/* What the words of a text look like, those of two letters and more. */
struct words {
	unsigned inverted;	/* "пРИВЕТ", of three Cyrillic letters and more */
	unsigned large;		/* of capitals only */
	unsigned small;		/* of small letters, with an ending: "мкадЕ" */
	bool first;		/* the first of all is inverted */
	bool sound;		/* one that no caps lock makes: "Привет" */
};

/* Look at the word of letters at s[at], if any.  Returns the index behind it. */
static size_t
look_at_word(const char *s, size_t n, size_t at, struct words *w)
{
	unsigned letters, small = 0, cyrillic, run = 0, len;
	bool small_first = false, pair = false, any;
	uint32_t c;

	letters = cyrillic = (unsigned)jk_capital_letters_len(s + at,
	    n - at) / 2;
	for (at += letters * 2; at < n; at += len, letters++) {
		c = jk_char_at(s, n, at, &len);
		if (!jk_is_letter(c))
			break;
		cyrillic += jk_is_cyrillic(c);
		small += jk_is_lower(c);
		run = jk_is_lower(c) ? run + 1 : 0;
		pair |= run > 1;
		if (letters == 0)
			small_first = jk_is_lower(c);
	}
	if (letters < 2)
		return at;
	any = w->inverted || w->large || w->small;
	if (pair && !small_first) {
		w->sound = true;
	} else if (small == letters || pair) {
		w->small++;
	} else if (small_first && small == 1 && letters > 2 && cyrillic) {
		w->inverted++;
		w->first |= !any;
	} else {
		w->large++;
	}
	return at;
}

static bool
is_inverted(const char *s, size_t n)
{
	struct words w = { 0 };
	unsigned len;
	size_t at;

	for (at = 0; at < n && !w.sound; at += len) {
		at = look_at_word(s, n, at, &w);
		(void)jk_char_at(s, n, at, &len);	/* none of a word */
	}
	/* small ones were abbreviations, so they are few */
	return !w.sound && (w.inverted > 1 || w.first) &&
	    w.small * 4 <= w.inverted + w.large && jk_reads_as_russian(s, n);
}

unsigned
jk_repair_caps(const char *s, size_t n, struct jk_buf *out)
{
	unsigned len;
	uint32_t c;
	size_t at;

	if (!is_inverted(s, n))
		return 0;
	for (at = 0; at < n; at += len) {
		c = jk_char_at(s, n, at, &len);
		jk_buf_add_utf8(out, jk_is_upper(c) ? jk_lower(c)
		    : jk_upper(c));
	}
	return 1;
}
