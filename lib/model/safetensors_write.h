#ifndef JK_MODEL_SAFETENSORS_WRITE_H
#define JK_MODEL_SAFETENSORS_WRITE_H

#include "base/json.h"
#include "base/out.h"
#include "quant/dtype.h"

/*
 * Write the length and the header of a safetensors file for n arrays whose
 * data will follow in this order, without gaps: name, dtype, n_dims and shape
 * of each are used.  metadata: an object of strings, or NULL.  Errors:
 * JK_ESYS; JK_EDATA for a type that the format lacks.
 */
int jk_safetensors_write_header(struct jk_out *out,
    const struct jk_tensor *tensors, size_t n, const json_t *metadata,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
