#ifndef JK_CLEAN_SIGNS_H
#define JK_CLEAN_SIGNS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What a scan saw in a text.  A repair runs only where a sign was seen that
 * it could work on, so sound text costs one pass.
 */
enum jk_sign {
	JK_SIGN_AMPERSAND = 1 << 0,
	JK_SIGN_LESS = 1 << 1,
	JK_SIGN_BACKSLASH = 1 << 2,
	JK_SIGN_LINE_END = 1 << 3,	/* one that is not \n */
	JK_SIGN_INVISIBLE = 1 << 4,
	JK_SIGN_SPACE = 1 << 5,		/* one that is not U+0020 */
	JK_SIGN_MARK = 1 << 6,		/* could be out of NFC */
	JK_SIGN_RUN = 1 << 7,		/* spaces to squeeze */
	JK_SIGN_BLANK = 1 << 8,		/* line feeds to squeeze */
	JK_SIGN_LATIN = 1 << 9,
	JK_SIGN_NUMBER = 1 << 10,	/* a digit near the beginning */
	JK_SIGN_SITE = 1 << 11,		/* a Latin end */
	JK_SIGN_DASH = 1 << 12,		/* a dash behind another sign */
	JK_SIGN_DIVIDER = 1 << 13,	/* "***", "---" and the like */
	JK_SIGN_MOJIBAKE = 1 << 14,
	JK_SIGN_CAPS = 1 << 15,		/* mostly capitals */
	JK_SIGN_SENTENCE = 1 << 16,	/* a capital right behind . ! or ? */
	JK_SIGN_CUT = 1 << 17,		/* a hyphen at the end of a word */
	JK_SIGN_SPEECH = 1 << 18,	/* a line of a dash and a small letter */
	JK_SIGN_HASH = 1 << 19,
	JK_SIGN_FOOTER = 1 << 20,	/* a last line that is no dialogue */
	JK_SIGN_LINK = 1 << 21,
	JK_SIGN_ROMAN = 1 << 22,	/* a Latin letter of ASCII */
	JK_SIGN_BRACKET = 1 << 23	/* "[/", which ends a tag of forums */
};

/* Those that only the ends of a text bear. */
enum { JK_SIGNS_OF_ENDS = JK_SIGN_NUMBER | JK_SIGN_SITE | JK_SIGN_FOOTER };

/*
 * The signs that the n bytes of valid UTF-8 at s bear, but for those of its
 * ends; and these, `roman` where the others have JK_SIGN_ROMAN.
 */
unsigned jk_signs_of(const char *s, size_t n);
unsigned jk_signs_of_ends(const char *s, size_t n, bool roman);

#endif
