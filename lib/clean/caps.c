#include "clean/caps.h"

#include <stdbool.h>

#include "clean/mojibake.h"
#include "text/letters.h"

/* What the words of a text look like. */
struct words {
	unsigned count;		/* of two letters and more */
	unsigned inverted;	/* "пРИВЕТ", of three letters and more */
	bool first;		/* the first of them is one of these */
	bool sound;		/* one that no caps lock makes */
};

/* Look at the word of letters at s[at].  Returns the index behind it. */
static size_t
look_at_word(const char *s, size_t n, size_t at, struct words *w)
{
	unsigned letters = 0, small = 0, len;
	bool small_first = false, cyrillic = false;
	uint32_t c;

	for (; at < n; at += len, letters++) {
		c = jk_char_at(s, n, at, &len);
		if (!jk_is_letter(c))
			break;
		cyrillic |= jk_is_cyrillic(c);
		small += jk_is_lower(c);
		if (letters == 0)
			small_first = jk_is_lower(c);
	}
	if (letters < 2)
		return at;
	if (small > small_first)
		w->sound = true;
	else if (small_first && letters > 2 && cyrillic) {
		w->inverted++;
		w->first |= w->count == 0;
	}
	w->count++;
	return at;
}

static bool
is_inverted(const char *s, size_t n)
{
	struct words w = { 0 };
	unsigned len;
	size_t at;

	for (at = 0; at < n && !w.sound;) {
		if (jk_is_letter(jk_char_at(s, n, at, &len)))
			at = look_at_word(s, n, at, &w);
		else
			at += len;
	}
	return !w.sound && (w.inverted > 1 || w.first) &&
	    jk_reads_as_russian(s, n);
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
