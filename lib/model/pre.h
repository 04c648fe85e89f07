#ifndef JK_MODEL_PRE_H
#define JK_MODEL_PRE_H

#include "tok/tokenizer.h"

enum { JK_MAX_PRE_SPLITS = 6 };

/*
 * Ways in which byte-level tokenizers cut text, by llama.cpp's names for them
 * (tokenizer.ggml.pre), and the vocabularies that are known to be cut so.
 * NFC, which llama.cpp leaves out, is where the models' tokenizers have it.
 */
struct jk_pre {
	/* between spaces, the one to write first; NULL: behind the last */
	const char *names;
	/* before ByteLevel, NULL behind them; none: ByteLevel's own */
	const char *splits[JK_MAX_PRE_SPLITS + 1];
	bool digits;		/* one by one, before that */
	bool nfc, ignore_merges;
	bool adds_bos;		/* where the file does not say */
	/*
	 * The vocabulary: what the tokens `id` and id + 1 are (NULL: any; no
	 * `token`: none is known), of how many in all (0: that is not looked
	 * at).
	 */
	uint64_t n, id;
	const char *token, *next;
};

extern const struct jk_pre jk_pre_table[];

/* The way that llama.cpp calls so; NULL: none. */
const struct jk_pre *jk_pre_find(const char *name, size_t n);

/*
 * Make a new tokenizer byte-level and have it cut text so.  Errors: JK_EDATA,
 * JK_ESYS, as jk_pretokenizer_add_split.
 */
int jk_pre_set(const struct jk_pre *pre, struct jk_tokenizer *t,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
