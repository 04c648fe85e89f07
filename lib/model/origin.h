#ifndef JK_MODEL_ORIGIN_H
#define JK_MODEL_ORIGIN_H

#include "base/buf.h"
#include "base/hash.h"
#include "model/model.h"

/*
 * What a model was when an adapter was trained on it: the member "base" of
 * jk-train.json.
 *
 *	shape		family, layers, widths, for people
 *	tokenizer	hash of its tokenizer (jk_model_tokenizer_hash)
 *	stored		how many weights are stored as what, "Q4_1 210, F32 61"
 *	sample		hash of the weights' names and bytes: of all, or where
 *			they are large of three pieces of each, so that nobody
 *			waits for gigabytes to be read
 */
#define JK_ORIGIN_MEMBER "base"

/* A new reference; NULL: JK_ESYS. */
json_t *jk_origin_json(const struct jk_model *m, struct jk_hash128 tokenizer,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Compare a model with what `training`, a jk-train.json or NULL, says of the
 * adapter's own.  The same model stored in other types is fine; `note` says so.
 * Files of 0.1 say nothing, and pass.  Errors: JK_EUSAGE: another shape, or
 * other weights in the same types; JK_ESYS.
 */
int jk_origin_check(const json_t *training, const struct jk_model *m,
    struct jk_buf *note, struct jk_err *err) JK_WARN_UNUSED;
/* The same for the tokenizer. */
int jk_origin_check_tokenizer(const json_t *training,
    struct jk_hash128 tokenizer, struct jk_err *err) JK_WARN_UNUSED;

#endif
