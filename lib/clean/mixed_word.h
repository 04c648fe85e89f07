#ifndef JK_CLEAN_MIXED_WORD_H
#define JK_CLEAN_MIXED_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A word by itself, of letters of two alphabets: what it consists of, and which
 * alphabet it is to have (clean/lookalike.h).
 */

/* The letter of the other alphabet that looks like c; 0: none. */
uint32_t jk_twin_cyrillic(uint32_t c);
uint32_t jk_twin_latin(uint32_t c);

/* Signs that stand for letters: @ # * $ % &. */
bool jk_hides_letters(uint32_t c);

/* Digits that look like З, О and б. */
static inline bool
jk_looks_like_letter(char c)
{
	return c == '0' || c == '3' || c == '6';
}

/* Whether the one at s[at] does stand for a letter, and for no number. */
bool jk_stands_for_letter(const char *s, size_t n, size_t at);

static inline bool
jk_is_digit_letter(const char *s, size_t n, size_t at)
{
	return jk_looks_like_letter(s[at]) && jk_stands_for_letter(s, n, at);
}

struct jk_mixed_word {
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

/* Measure the word at s[at].  Returns the index behind it. */
size_t jk_mixed_word_measure(const char *s, size_t n, size_t at,
    struct jk_mixed_word *w);

enum jk_twin_change { JK_TWIN_KEEP, JK_TWIN_TO_CYRILLIC, JK_TWIN_TO_LATIN };

enum jk_twin_change jk_mixed_word_judge(const struct jk_mixed_word *w);

#endif
