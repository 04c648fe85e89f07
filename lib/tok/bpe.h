#ifndef JK_TOK_BPE_H
#define JK_TOK_BPE_H

#include "tok/vocab.h"

/*
 * Byte-pair encoding as Hugging Face `tokenizers` does it: the symbols of a
 * word (bytes, or characters) are merged in the order of the merges' ranks,
 * the leftmost first among equals, until no merge applies.
 */
struct jk_merge {
	uint32_t left, right;	/* ids; left UINT32_MAX: an empty slot */
	uint32_t rank, id;	/* what they become */
};

/* What most text consists of, Latin and Cyrillic, has numbers; and "▁", the last. */
enum {
	JK_BPE_SPACE_CODE = 0x2581,
	JK_N_FIRST = 0x500, JK_N_CHARACTERS = JK_N_FIRST + 1,
	JK_JOIN_WORDS = JK_N_CHARACTERS / 64 + 1
};

struct jk_bpe {
	struct jk_vocab vocab;
	struct jk_merge *merges;	/* hashed by (left, right) */
	uint32_t n_slots, n_merges;
	bool byte_level;	/* strings of vocab are bytes, symbols too */
	bool byte_fallback;	/* unknown characters become <0x..> tokens */
	bool fuse_unk;
	bool ignore_merges;	/* a word that is a token stays whole */
	int32_t unk_id;		/* -1: unknown symbols vanish */
	int32_t byte_ids[256];	/* symbol of a byte, or its <0x..>; or -1 */
	int32_t character_ids[JK_N_CHARACTERS];	/* or -1 */
	/*
	 * Pairs of characters, by jk_character_number, that a merge joins: one ends
	 * its left part, the other begins its right part.  Between all others
	 * text can be cut, since no merge spans the cut, and its parts be
	 * cached.  Those without an id, and all others, are joined to all, as what merges with
	 * their bytes, or with the unknown, is another question.  NULL without
	 * merges.
	 */
	uint64_t (*joins)[JK_JOIN_WORDS];
};

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

void jk_bpe_release(struct jk_bpe *bpe);

/* Make room for n merges.  Errors: JK_ESYS. */
int jk_bpe_reserve(struct jk_bpe *bpe, uint32_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/* A merge by the ids of its parts and of what it makes. */
struct jk_pair {
	uint32_t left, right, id;
	/* where they meet, by jk_character_number */
	uint16_t last, first;
};

/* "▁", U+2581. */
#define JK_BPE_SPACE "\xe2\x96\x81"

/* A character's number; JK_N_CHARACTERS for all others. */
static inline uint16_t
jk_character_number(uint32_t code)
{
	return (uint16_t)(code < JK_N_FIRST ? code : code == JK_BPE_SPACE_CODE ?
	    JK_N_FIRST : JK_N_CHARACTERS);
}

/* May text be cut between the two?  joins is not NULL. */
static inline bool
jk_bpe_may_cut(const struct jk_bpe *bpe, uint16_t last, uint16_t first)
{
	return last < JK_N_CHARACTERS && first < JK_N_CHARACTERS &&
	    !(bpe->joins[last][first / 64] >> first % 64 & 1);
}

/*
 * Look up merge `number`: of the n bytes at `both`, as the vocabulary holds
 * them, the first n_left are its left part.  Changes nothing in *bpe, so
 * threads may share the work.  Errors: JK_EDATA (a part or their union is no
 * token).
 */
int jk_bpe_find_pair(const struct jk_bpe *bpe, const char *both,
    size_t n_left, size_t n, uint32_t number, struct jk_pair *pair,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The next n merges in rank.  A pair that is there already gets the new rank.
 * Errors: JK_EDATA (too many); JK_ESYS.
 */
int jk_bpe_add_pairs(struct jk_bpe *bpe, const struct jk_pair *pairs,
    uint32_t n, struct jk_err *err) JK_WARN_UNUSED;

/* Both for one merge. */
int jk_bpe_add_merge(struct jk_bpe *bpe, const char *both, size_t n_left,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Once vocabulary and merges are there: fills byte_ids and character_ids, and
 * what joins lacks.
 * Errors: JK_ESYS.
 */
int jk_bpe_finish(struct jk_bpe *bpe, struct jk_err *err) JK_WARN_UNUSED;

/* A growing list of ids.  Zero-initialise. */
struct jk_ids {
	uint32_t *v;
	size_t n, cap;
};

/* Room for n more.  Errors: JK_ESYS. */
int jk_ids_reserve(struct jk_ids *ids, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_ids_release(struct jk_ids *ids);

#endif
