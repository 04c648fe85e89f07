#ifndef JK_MODEL_FOLDER_H
#define JK_MODEL_FOLDER_H

#include "model/tokenizer.h"

/*
 * The files of a Hugging Face folder besides weights: copied from the model's
 * own folder, made from its metadata when it is GGUF.  Where the model took
 * what an adapter was taught (model/training.h), they say it.  Each appears
 * whole or not at all.  What an earlier model left under these names, and the
 * new one lacks, is removed.
 */

/* The names of all of them and of the weights; NULL after the last. */
extern const char *const jk_folder_files[];

/*
 * tokenizer.json, tokenizer_config.json, and what else a folder has of these.
 * `t` is the model's tokenizer, needed for GGUF only (else it may be NULL).
 * Errors: JK_ESYS.
 */
int jk_folder_put_tokenizer(const char *dir, const struct jk_model *m,
    const struct jk_tokenizer *t, struct jk_err *err) JK_WARN_UNUSED;

/*
 * generation_config.json, then config.json (with it the folder is a model),
 * for weights of type `dtype` (F32, F16, BF16).  Errors: JK_ESYS; JK_EDATA
 * where config.json cannot say what the GGUF has.
 */
int jk_folder_put_config(const char *dir, const struct jk_model *m,
    enum jk_dtype dtype, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether a model, or a GGUF file, written to `path` would come over `input`,
 * a model's or an adapter's folder or .gguf file, or over a file in it: by
 * whatever name, and also where `path` is the folder that has that .gguf file,
 * or where `input` has links into it.
 */
bool jk_folder_overlaps(const char *path, const char *input);

/* Remove one file of the folder, if there is one.  Errors: JK_ESYS. */
int jk_folder_drop(const char *dir, const char *name, struct jk_err *err)
	JK_WARN_UNUSED;

/* No folder inside of `dir` has one of those names.  Errors: JK_ESYS. */
int jk_folder_check(const char *dir, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Remove what processes that are gone wrote to be moved to `path` (base/temp.h):
 * PATH.tmp-PID and PATH.tmp-PID.gguf beside it, tmp-PID in it, files and
 * folders of a model.  What else is in such a folder stays there.  What has all
 * its files may be a good result that could not be moved: it stays unless
 * `whole`.
 */
void jk_folder_sweep(const char *path, bool whole);

/*
 * Give a whole model that was written into `from` the name `to`.  An existing
 * folder is kept with its other files: weights, their index, and the files
 * above are replaced, or removed where `from` has none.  Meanwhile it has no
 * config.json: at no time is it a model of mixed files.  `from` is gone after
 * that.  Errors: JK_ESYS, those of jk_folder_check before anything is changed;
 * `from` then has all files that were not moved.
 */
int jk_folder_move(const char *from, const char *to, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
