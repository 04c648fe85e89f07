#ifndef JK_TOK_BPE_JSON_H
#define JK_TOK_BPE_JSON_H

#include "tok/bpe.h"
#include "tok/scan.h"

/*
 * The vocabulary and the merges of a tokenizer.json, nearly all of the file.
 * bpe->byte_level says how their strings are spelled.
 */

/* The object of strings and ids that begins at s->at. */
int jk_vocab_read(struct jk_bpe *bpe, struct jk_scan *s) JK_WARN_UNUSED;

/* Where merges stand in the text, for threads to start from. */
struct jk_merges_place {
	bool is_there;
	const char **chunks;		/* every so many merges */
	size_t n_chunks, cap;
	uint32_t n_merges;
};

/* Step over the array at s->at and note its places in zeroed *p. */
int jk_merges_find(struct jk_scan *s, struct jk_merges_place *p)
	JK_WARN_UNUSED;
void jk_merges_place_release(struct jk_merges_place *p);

/* Read them, by as many threads as OpenMP gives; the vocabulary is there. */
int jk_merges_read(struct jk_bpe *bpe, const struct jk_scan *s,
    const struct jk_merges_place *p) JK_WARN_UNUSED;

#endif
