#ifndef JK_TOK_SHOW_H
#define JK_TOK_SHOW_H

#include "tok/shard.h"
#include "tok/tokenizer.h"

/* Token records for people to read. */

/*
 * Append one line of JSON: id, n_tokens, n_prompt, n_bytes; "tokens" (what
 * each stands for; bytes that are no text as <0xHH>), "ids", and "mask" (1
 * for supervised).  Errors: JK_ESYS.
 */
int jk_show_tokens(const struct jk_tokenizer *t,
    const struct jk_shard_record *r, struct jk_buf *out, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * A record's texts again: id, training_text, prompt_text, supervised_text
 * and n_tokens.  A new reference, NULL on error: JK_EDATA (an id without a
 * token), JK_ESYS.
 */
json_t *jk_show_texts(const struct jk_tokenizer *t,
    const struct jk_shard_record *r, struct jk_err *err);

#endif
