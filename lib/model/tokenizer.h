#ifndef JK_MODEL_TOKENIZER_H
#define JK_MODEL_TOKENIZER_H

#include "model/model.h"
#include "tok/tokenizer.h"

/*
 * The tokenizer of a model: tokenizer.json of a folder, or its vocab.json and
 * merges.txt (model/vocab_files.h), or GGUF metadata, with the same ids from
 * all.  To be freed with jk_tokenizer_free; does not
 * need the model any more.  NULL on error: JK_EDATA, naming the file and what
 * is not supported; JK_ESYS.
 */
struct jk_tokenizer *jk_model_tokenizer(const struct jk_model *m,
    struct jk_err *err);

/*
 * jk_tokenizer_hash with the model's number of embedding rows: what token
 * shards carry.
 */
int jk_model_tokenizer_hash(const struct jk_model *m,
    const struct jk_tokenizer *t, struct jk_hash128 *hash,
    struct jk_err *err) JK_WARN_UNUSED;

/* GGUF's token_type (llama.cpp: enum llama_token_type). */
enum jk_token_type {
	JK_TOKEN_NORMAL = 1, JK_TOKEN_UNKNOWN, JK_TOKEN_CONTROL,
	JK_TOKEN_USER_DEFINED, JK_TOKEN_UNUSED, JK_TOKEN_BYTE
};

/* From GGUF metadata alone; messages name nothing. */
struct jk_tokenizer *jk_gguf_tokenizer(const struct jk_gguf *g,
    struct jk_err *err);

#endif
