#ifndef JK_TOK_BPE_MERGE_H
#define JK_TOK_BPE_MERGE_H

#include "tok/bpe.h"

/*
 * Merging, the inner loop of BPE: bpe.c makes words into symbols, this makes
 * symbols into tokens.
 */

static inline uint64_t
jk_pair_hash(uint32_t left, uint32_t right)
{
	return ((uint64_t)left << 32 | right) * 0x9e3779b97f4a7c15u;
}

/* Where the search for a pair begins.  n_slots is not 0. */
static inline uint32_t
jk_merge_home(const struct jk_bpe *bpe, uint32_t left, uint32_t right)
{
	return (uint32_t)(jk_pair_hash(left, right) >> 32) &
	    (bpe->n_slots - 1);
}

/* The slot of a pair: where its merge is, or would be. */
static inline struct jk_merge *
jk_merge_slot(const struct jk_bpe *bpe, uint32_t left, uint32_t right)
{
	uint32_t i = jk_merge_home(bpe, left, right);

	while (bpe->merges[i].left != UINT32_MAX &&
	    (bpe->merges[i].left != left || bpe->merges[i].right != right))
		i = (i + 1) & (bpe->n_slots - 1);
	return &bpe->merges[i];
}

/* Zeroed `w` needs it once.  Errors: JK_ESYS. */
int jk_pairs_init(struct jk_bpe_work *w, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Merge *n_ids ids in place, until no merge applies.  n_slots is not 0.
 * Errors: JK_EDATA (more symbols than can be counted); JK_ESYS.
 */
int jk_bpe_merge(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    uint32_t *ids, size_t *n_ids, struct jk_err *err) JK_WARN_UNUSED;

#endif
