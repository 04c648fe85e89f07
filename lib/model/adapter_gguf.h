#ifndef JK_MODEL_ADAPTER_GGUF_H
#define JK_MODEL_ADAPTER_GGUF_H

#include "model/adapter.h"

/*
 * The module's inner half: take what a->gguf, an opened GGUF LoRA, holds, as
 * PEFT would have it: names, the order of rows, numbers in f32.  a->path is for
 * messages.  Errors: JK_EDATA, JK_ESYS.
 */
int jk_adapter_from_gguf(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Sets a->targets; every matrix that they need is there, in its shape and
 * finite, and nothing else.  Errors: JK_EDATA.
 */
int jk_adapter_check(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err) JK_WARN_UNUSED;

/* PEFT's name of A or B of a module of a layer. */
void jk_adapter_tensor_name(uint32_t layer, int module, char which,
    char *out, size_t n);

#endif
