#ifndef JK_REPORT_WORDS_H
#define JK_REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Words as the report counts and compares them: a word is a longest run of
 * letters, digits and combining marks (Unicode general categories L, N, M).
 * A hyphen ends a word.  Words are compared folded: lower case, "ё" as "е".
 */
struct jk_word {
	size_t at, len;		/* bytes of the source text */
	size_t folded_at, folded_len;	/* bytes of jk_words.folded */
	uint64_t hash;		/* XXH3-64 of the folded word, never 0 */
};

struct jk_words {
	struct jk_word *v;
	size_t n, cap;
	struct jk_buf folded;	/* folded words, a NUL behind each */
};

void jk_words_release(struct jk_words *w);

/*
 * Replace the content of `w` by the words of the n bytes at s.  Bytes that
 * are not UTF-8 separate words.  Errors: JK_ESYS.
 */
int jk_words_split(struct jk_words *w, const char *s, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

/* Word i, folded and NUL-terminated; borrowed. */
const char *jk_words_folded(const struct jk_words *w, size_t i);

/* The hash of a run of words, in their order, and one more; 0: of none. */
static inline uint64_t
jk_words_hash(uint64_t hash, const struct jk_word *word)
{
	hash = (hash ^ word->hash) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/*
 * Append the stem of a folded word.  The rule: cut off the longest of some
 * sixty endings of Russian nouns and adjectives that leaves at least three
 * letters; then, where a consonant, "е" or "о", and "к" or "ц" end the word,
 * drop the vowel ("кошек" and "кошка" both give "кошк").  A word in another
 * script is its own stem.  It is a rule for finding words again, not grammar.
 */
void jk_stem(struct jk_buf *b, const char *word);

/*
 * Whether a text mentions a theme: it has a word whose stem equals that of a
 * word of the theme, or that begins with such a stem of five letters or more.
 * Words of the theme under three letters and function words ("про", "для",
 * "новый", ...) do not count.  Returns 1, 0, -1 on error, and 2 for a theme
 * without any word that counts.
 */
int jk_theme_mentioned(const char *theme, const struct jk_words *text,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
