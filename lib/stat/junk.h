#ifndef JK_STAT_JUNK_H
#define JK_STAT_JUNK_H

#include <stddef.h>
#include <stdint.h>

/*
 * What does not belong in a text, by looking only: nothing is repaired.
 *
 * X(constant, name in JSON, words for people)
 */
#define JK_JUNKS(X) \
	X(CONTROL, "control", JK_MSG("control characters")) \
	X(INVISIBLE, "invisible", JK_MSG("invisible characters")) \
	X(NO_BREAK_SPACE, "no_break_space", JK_MSG("no-break spaces")) \
	X(REPLACEMENT, "replacement", JK_MSG("U+FFFD")) \
	X(ENTITY, "entity", JK_MSG("HTML entities")) \
	X(TAG, "tag", JK_MSG("HTML tags")) \
	X(BACKSLASH_N, "backslash_n", JK_MSG("backslash and n")) \
	X(MIXED_WORD, "mixed_word", JK_MSG("words of mixed letters")) \
	X(SPACES, "spaces", JK_MSG("runs of spaces"))

enum jk_junk {
#define X(constant, name, words) JK_JUNK_##constant,
	JK_JUNKS(X)
#undef X
	JK_N_JUNKS
};

/* "no_break_space"; "no-break spaces". */
const char *jk_junk_name(enum jk_junk kind);
const char *jk_junk_words(enum jk_junk kind);

/*
 * Add the number of each kind in the n bytes of UTF-8 at `text`.  A control
 * character is any of category Cc but tab and line feed; an invisible one any
 * of category Cf; a mixed word has Cyrillic and Latin letters side by side.
 */
void jk_junk_count(const char *text, size_t n, uint64_t count[JK_N_JUNKS]);

#endif
