#ifndef JK_MODEL_MERGE_H
#define JK_MODEL_MERGE_H

#include "model/adapter.h"
#include "model/model.h"

/*
 * Write FOLDER/model.safetensors: the weights of a model with an adapter
 * merged in, W + scale * B A, computed in f32, stored as `dtype` (F32, F16 or
 * BF16), tensor by tensor.  The file appears whole or not at all.
 * adapter may be NULL: the weights as they are.
 * Errors: JK_EDATA (another type; a number too large for F16, naming its
 * tensor), JK_ESYS.
 */
int jk_merge_write(const char *folder, const struct jk_model *model,
    const struct jk_adapter *adapter, enum jk_dtype dtype,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
