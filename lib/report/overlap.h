#ifndef JK_REPORT_OVERLAP_H
#define JK_REPORT_OVERLAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "report/words.h"

/*
 * The longest run of words that a text shares with any of the jokes a model
 * was trained on.  The index keeps the words of all jokes (as hashes) and
 * finds every run of JK_OVERLAP_MIN words; 16 bytes a word of the jokes.
 */
enum { JK_OVERLAP_MIN = 4 };

struct jk_overlap_joke {
	char *id;
	size_t first;		/* where its words begin */
};

struct jk_overlap {
	uint64_t *words;	/* all jokes; a 0 behind each */
	uint32_t *next;		/* position + 1 with the same bucket, 0: none */
	size_t n, cap;
	struct jk_overlap_joke *jokes;
	size_t n_jokes, jokes_cap;
	uint32_t *heads;
	size_t n_heads;		/* a power of two, or 0: not built yet */
};

struct jk_overlap_match {
	size_t n_words;		/* 0: no run of JK_OVERLAP_MIN words */
	size_t at;		/* its first word in the text */
	const char *id;		/* of the first joke that has it; borrowed */
};

void jk_overlap_release(struct jk_overlap *o);

/* Add a joke.  Not after jk_overlap_build.  Errors: JK_ESYS. */
int jk_overlap_add(struct jk_overlap *o, const char *id,
    const struct jk_words *words, struct jk_err *err) JK_WARN_UNUSED;

/* Build the index when all jokes are there.  Errors: JK_ESYS. */
int jk_overlap_build(struct jk_overlap *o, struct jk_err *err)
	JK_WARN_UNUSED;

/* The longest shared run; of several, the one that comes first. */
struct jk_overlap_match jk_overlap_find(const struct jk_overlap *o,
    const struct jk_words *text);

#endif
