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

enum { JK_MAX_JOINERS = 8, JK_FIRST_IDS = 0x500 };

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
	/* ids of the first characters (Latin, Cyrillic), -1 for none */
	int32_t first_ids[JK_FIRST_IDS];
	/*
	 * Characters behind which a merge has "▁" (U+2581), but for "▁"
	 * itself.  Behind all others, text can be cut before a run of "▁",
	 * since no merge spans the cut, and its parts be cached.  More than
	 * JK_MAX_JOINERS: it can't.
	 */
	uint32_t joiners[JK_MAX_JOINERS];
	uint32_t n_joiners;
};

void jk_bpe_release(struct jk_bpe *bpe);

/* Make room for n merges.  Errors: JK_ESYS. */
int jk_bpe_reserve(struct jk_bpe *bpe, uint32_t n, struct jk_err *err)
	JK_WARN_UNUSED;

/* A merge by the ids of its parts and of what it makes. */
struct jk_pair {
	uint32_t left, right, id;
	/* before a right part that begins with "▁": the last character */
	uint32_t joiner;		/* UINT32_MAX: none */
};

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
 * Once vocabulary and merges are there: fills byte_ids and first_ids.
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

/* What encoding needs besides the tables; one for each thread. */
struct jk_bpe_work {
	struct jk_symbol *symbols;	/* of a long word */
	struct jk_merge_candidate *heap;
	size_t cap;
	struct jk_merge *pairs;		/* pairs seen before */
	struct jk_cached *cache;	/* words seen before */
	char *cached;			/* their text and ids */
	uint32_t n_bytes, n_words;
};

/* Errors: JK_ESYS. */
int jk_bpe_work_init(struct jk_bpe_work *w, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_bpe_work_release(struct jk_bpe_work *w);

/*
 * Append the ids of one pre-tokenized piece, n bytes of valid UTF-8 (with
 * byte_level: any bytes).  Errors: JK_ESYS.
 */
int jk_bpe_encode(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    const char *s, size_t n, struct jk_ids *out, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
