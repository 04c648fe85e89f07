#ifndef JK_TOK_WORD_CACHE_H
#define JK_TOK_WORD_CACHE_H

#include <stdbool.h>

#include "base/span.h"
#include "tok/bpe.h"

/*
 * Words that were encoded before, with their ids; one for each thread.
 *
 * Most words of a text are few: of these, those of few bytes and ids are in a
 * table that the processor's caches hold, a line for each, text and ids together.
 * Its lines are asked for some words ahead.  Behind it is a large table, for
 * longer ones and for what the first has lost; once it is full, it is emptied.
 */
enum {
	JK_WORDS_AT_ONCE = 16,		/* that are looked for together */
	JK_NEAR_TEXT = 24, JK_NEAR_IDS = 9
};

struct jk_word_cache {
	struct jk_near_word *near;
	void *near_memory;
	struct jk_far_word *far;
	char *text;		/* of words in `far`, with their ids */
	uint32_t n_bytes, n_words;
};

/* Where a word is, or would be. */
struct jk_word_place {
	uint64_t text[JK_NEAR_TEXT / 8];	/* zeros behind */
	uint32_t slot;				/* of `near` */
};

/* Zeroed `c` needs it once.  Errors: JK_ESYS. */
int jk_word_cache_init(struct jk_word_cache *c, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_word_cache_release(struct jk_word_cache *c);

/* Say that n words, JK_WORDS_AT_ONCE at most and none empty, will be looked for. */
void jk_word_cache_expect(const struct jk_word_cache *c,
    const struct jk_slice *words, size_t n, struct jk_word_place *places);

/*
 * Append the ids of a word that is known: 1; 0 for one that is not.  Errors:
 * JK_ESYS.
 */
int jk_word_cache_find(struct jk_word_cache *c, struct jk_slice word,
    const struct jk_word_place *place, struct jk_ids *out,
    struct jk_err *err) JK_WARN_UNUSED;

/* Keep the ids of a word that was not found. */
void jk_word_cache_add(struct jk_word_cache *c, struct jk_slice word,
    const struct jk_word_place *place, const uint32_t *ids, size_t n_ids);

#endif
