#ifndef JK_TOK_BPE_MERGE_H
#define JK_TOK_BPE_MERGE_H

#include "tok/word_cache.h"

/*
 * Merging, the inner loop of BPE: bpe_encode.c makes words into symbols, this
 * makes symbols into tokens.
 */

/* What encoding needs besides the tables; one for each thread. */
struct jk_bpe_work {
	struct jk_symbol *symbols;	/* of a long word */
	struct jk_merge_candidate *heap;
	size_t cap;
	struct jk_merge *pairs;		/* pairs seen before */
	struct jk_word_cache cache;
};

/* Zeroed `w` needs it once.  Errors: JK_ESYS. */
int jk_pairs_init(struct jk_bpe_work *w, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Merge *n_ids ids in place, until no merge applies.  n_slots is not 0.
 * Errors: JK_EDATA (more symbols than can be counted); JK_ESYS.
 */
int jk_bpe_merge(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    uint32_t *ids, size_t *n_ids, struct jk_err *err) JK_WARN_UNUSED;

#endif
