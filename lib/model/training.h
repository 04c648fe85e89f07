#ifndef JK_MODEL_TRAINING_H
#define JK_MODEL_TRAINING_H

#include "model/model.h"
#include "tok/tokenizer.h"

/*
 * What an adapter was taught besides its weights, from the jk-train.json in
 * its folder: `end_ids`, the tokens that end an answer, and `template`, the
 * chat template.  `training` is that file, or NULL.
 */

#define JK_TRAINING_FILE "jk-train.json"

/* That of a folder: *training stays NULL without one.  Errors: jk_json_load's. */
int jk_training_load(const char *folder, json_t **training,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Add the end ids to the configuration.  Errors: JK_EDATA (no list of ids of
 * the model, too many).
 */
int jk_training_ends(const json_t *training, struct jk_config *config,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Have the opened model end where the adapter ends, with the adapter's chat
 * template, so that both are written with it.  Where end tokens are new to the
 * model, the one behind the answers becomes its first, and its eos_token
 * unless the template writes another token under that name.  `t` is the
 * model's tokenizer.  Errors: JK_EDATA, as above; JK_ESYS.
 */
int jk_model_take_training(struct jk_model *m, const json_t *training,
    const struct jk_tokenizer *t, struct jk_err *err) JK_WARN_UNUSED;

#endif
