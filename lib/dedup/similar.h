#ifndef JK_DEDUP_SIMILAR_H
#define JK_DEDUP_SIMILAR_H

#include "base/buf.h"

/*
 * Are two texts the same joke?  Both are taken as n bytes in the normal form
 * of dedup/normalize.h.
 *
 * Similarity is the share of the longest common subsequence of words in all
 * words of both, 2 w(common) / (w(a) + w(b)), where a word weighs its number
 * of bytes and 1.  Near duplicates have at least `threshold`, and
 *
 * - the same punch line: where both end differently, in more than one word,
 *   what stands behind the last word in common weighs at most 1/10 of all;
 *
 * - in a short text, where one word makes another joke, no other words: if
 *   one of the two has fewer than JK_SIMILAR_SHORT characters, both have as
 *   many words, and those that differ stand at the same place and are
 *   spellings of one word: at least 4 letters long, the first the same, at
 *   most 2 letters changed, added or lost.
 *
 * Where, common beginning and end apart, more than 2^24 pairs of words would
 * have to be compared, the texts count as different.
 */
enum { JK_SIMILAR_SHORT = 45 };

/* The threshold that was tuned on real tables (see jk-filter(1)). */
#define JK_SIMILAR_DEFAULT 0.75

/* Scratch memory, kept between calls.  Zero-initialise; release. */
struct jk_similar {
	struct jk_buf words[2], row;
};

void jk_similar_release(struct jk_similar *s);

/* Returns 1 (near duplicates), 0 (not), -1 (error, JK_ESYS). */
int jk_similar(struct jk_similar *s, const char *a, size_t na, const char *b,
    size_t nb, double threshold, struct jk_err *err) JK_WARN_UNUSED;

#endif
