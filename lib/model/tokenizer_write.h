#ifndef JK_MODEL_TOKENIZER_WRITE_H
#define JK_MODEL_TOKENIZER_WRITE_H

#include "base/out.h"
#include "model/gguf_write.h"
#include "model/tokenizer.h"

/*
 * A tokenizer written down, in either form that models carry.
 *
 * How a token is spelled in both: byte-level vocabularies by the characters
 * that stand for their bytes (encoder.py: bytes_to_unicode), all others as
 * they are.
 */

/*
 * The text of a tokenizer.json that gives the same ids in `tokenizers` 0.20
 * or newer, and the same hash here.  Errors: JK_ESYS.
 */
int jk_tokenizer_write_json(const struct jk_tokenizer *t, struct jk_out *out,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The entries tokenizer.ggml.model, pre, tokens, scores, token_type, merges,
 * add_bos_token, add_eos_token, add_space_prefix for n_rows ids; rows without
 * a token get llama.cpp's "[PADn]".  Scores of a vocabulary with byte
 * fallback are made so that the merges come out of them in their order;
 * `model`, where it is not NULL, is the name of one that is read with merges.
 * GGUF has no word for flags of added tokens, nor for ignore_merges, which goes
 * with the pre-tokenizer's name: who must know compares the hash of what was
 * written.
 * Errors: JK_EDATA for a tokenizer that GGUF has no name for; JK_ESYS.
 */
int jk_tokenizer_to_gguf(const struct jk_tokenizer *t, uint32_t n_rows,
    const char *model, struct jk_gguf_meta *m, struct jk_err *err)
	JK_WARN_UNUSED;

/* Append the spelling of an id that is there. */
void jk_tokenizer_spell(const struct jk_tokenizer *t, uint32_t id,
    struct jk_buf *out);
/* All merges in the order of their ranks; to be freed.  NULL: no memory. */
struct jk_merge *jk_tokenizer_merges(const struct jk_tokenizer *t, size_t *n);

#endif
