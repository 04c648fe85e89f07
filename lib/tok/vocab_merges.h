#ifndef JK_TOK_VOCAB_MERGES_H
#define JK_TOK_VOCAB_MERGES_H

#include "tok/tokenizer.h"

/*
 * Byte-level BPE in the two files that GPT-2 came in, and that Hugging Face
 * `tokenizers` still reads:
 *
 *	vocab.json	{"Ġthe": 262, …}, tokens and their ids
 *	merges.txt	a merge on each line, the two parts divided by a
 *			space; lines that begin with "#version" are passed over
 */
struct jk_vocab_merges {
	const char *vocab, *merges;
	size_t n_vocab, n_merges;	/* bytes */
	bool add_prefix_space;		/* before a text that has none */
};

/*
 * A tokenizer without added tokens, which jk_tokenizer_add_text adds, and
 * jk_tokenizer_finish ends.  NULL on error: JK_EDATA, naming the file and the
 * byte or line; JK_ESYS.
 */
struct jk_tokenizer *jk_tokenizer_from_vocab_merges(
    const struct jk_vocab_merges *files, struct jk_err *err);

/*
 * An added token by its text, under the id that `tokenizers` gives it: the
 * vocabulary's where that has it, else the next behind all that there are;
 * token->id is set to it.  One that was added already stays as it is.
 * Errors: as jk_tokenizer_add_token.
 */
int jk_tokenizer_add_text(struct jk_tokenizer *t, struct jk_added *token,
    bool normalized, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The last call before jk_tokenizer_finish.  Tokens that are matched in
 * normalized text come behind the others, but without a normalizer that is
 * the same text: where none of them can overlap one of the others, all become
 * one set, as GGUF has it.  Errors: JK_ESYS.
 */
int jk_tokenizer_join_added(struct jk_tokenizer *t, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
