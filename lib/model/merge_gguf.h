#ifndef JK_MODEL_MERGE_GGUF_H
#define JK_MODEL_MERGE_GGUF_H

#include "base/out.h"
#include "model/gguf_write.h"

/*
 * The inner half of model/merge.h: what a model and an adapter alone share as
 * GGUF files by llama.cpp's conventions.
 */

/* llama.cpp: GGML_QNT_VERSION. */
enum { JK_GGUF_QUANTIZATION_VERSION = 2 };

/* general.file_type of a file of such matrices. */
uint32_t jk_gguf_file_type(enum jk_dtype dtype);
/* What a tensor is stored as when matrices are wanted as `dtype`. */
enum jk_dtype jk_gguf_stored_type(const struct jk_tensor *t,
    enum jk_dtype dtype);
/*
 * general.name: the folder's last name; of a snapshot in the Hugging Face
 * cache, models--ORG--NAME/snapshots/REVISION, NAME.
 */
void jk_gguf_put_name(struct jk_gguf_meta *m, const char *path);
/* Write w as `as` says; frees it.  w NULL: err says why already. */
int jk_gguf_put_tensor(struct jk_out *out, float *w, const struct jk_tensor *as,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
