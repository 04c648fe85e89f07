#ifndef JK_TOK_BPE_ENCODE_H
#define JK_TOK_BPE_ENCODE_H

#include "tok/bpe_merge.h"

/* Errors: JK_ESYS. */
int jk_bpe_work_init(struct jk_bpe_work *w, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_bpe_work_release(struct jk_bpe_work *w);

/*
 * Append the ids of one pre-tokenized piece, n bytes of valid UTF-8 (with
 * byte_level: any bytes).  Errors: JK_EDATA (invalid UTF-8, a word of more
 * symbols than jk_bpe_merge takes), JK_ESYS.
 */
int jk_bpe_encode(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    const char *s, size_t n, struct jk_ids *out, struct jk_err *err)
	JK_WARN_UNUSED;

/* The same of n words, JK_WORDS_AT_ONCE at most and none empty, which are not cut. */
int jk_bpe_encode_words(const struct jk_bpe *bpe, struct jk_bpe_work *w,
    const struct jk_slice *words, size_t n, struct jk_ids *out,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
