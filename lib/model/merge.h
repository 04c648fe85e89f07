#ifndef JK_MODEL_MERGE_H
#define JK_MODEL_MERGE_H

#include "model/adapter.h"
#include "model/model.h"
#include "tok/tokenizer.h"

/*
 * A model with an adapter merged in (model/lora_weight.h), computed in f32,
 * tensor by tensor, and written in one form or the other.  The model has taken
 * the adapter (model/adapter_take.h); adapter may be NULL: the weights as they
 * are.  A file appears whole or not at all.
 */

/*
 * Whether that can be written, or with adapter_only the adapter alone.  Errors:
 * JK_EDATA, with what has no place there.
 */
int jk_merge_check(const struct jk_model *m, const struct jk_adapter *a,
    bool adapter_only, struct jk_err *err) JK_WARN_UNUSED;

/* A tensor of the model in f32, merged; to be freed.  NULL: an error. */
float *jk_merge_tensor(const struct jk_model *model,
    const struct jk_adapter *adapter, const struct jk_tensor *t,
    struct jk_err *err);

/* Who is told how many of the model's tensors are written. */
struct jk_merge_watch {
	void (*written)(void *ctx, size_t n);
	void *ctx;
};

/*
 * FOLDER/model.safetensors, weights stored as `dtype` (F32, F16 or BF16).
 * `watch` may be NULL.  Errors: JK_EDATA (another type; a number too large for
 * F16, naming its tensor), JK_ESYS.
 */
int jk_merge_write(const char *folder, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    const struct jk_merge_watch *watch, struct jk_err *err) JK_WARN_UNUSED;

/*
 * A GGUF file by llama.cpp's conventions, matrices as `dtype` (F32, F16, BF16
 * or Q8_0; F16 where rows are no whole blocks), norms and biases as F32.
 * Metadata is that of the model's own GGUF, else it is made from its
 * configuration and from `tokenizer`, the model's.  Errors: as above; JK_EDATA
 * for what GGUF cannot say.
 */
int jk_merge_write_gguf(const char *path, const struct jk_model *model,
    const struct jk_tokenizer *tokenizer, const struct jk_adapter *adapter,
    enum jk_dtype dtype, const struct jk_merge_watch *watch,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * The adapter alone, of parts with A and B, as llama.cpp's GGUF LoRA
 * (convert_lora_to_gguf.py): `dtype` as above.  llama.cpp scales each B A by
 * alpha / rank, with one alpha: that is scale * rank of the first part, so that
 * rsLoRA's scale is kept, and B of parts with another is multiplied by what is
 * missing.
 */
int jk_adapter_write_gguf(const char *path, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
