#ifndef JK_TRAIN_INPUT_H
#define JK_TRAIN_INPUT_H

#include "model/model.h"
#include "tok/shard.h"
#include "train/data.h"

/*
 * Read a shard that was made with the model's tokenizer.  path: NULL for
 * standard input; name: in messages, NULL for the path.  header (may be NULL):
 * a new reference to the shard's object.  Errors: JK_EDATA (another
 * tokenizer, damaged, no record), JK_ESYS.
 */
int jk_dataset_read(struct jk_dataset *d, const char *path, const char *name,
    struct jk_hash128 tokenizer, json_t **header, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Hashes in hexadecimal, of a file's bytes and of a model: its
 * configuration and weights.  Errors: JK_ESYS.
 */
int jk_hash_file(const char *path, char out[33], struct jk_err *err)
	JK_WARN_UNUSED;
void jk_hash_model(const struct jk_model *m, char out[33]);

#endif
