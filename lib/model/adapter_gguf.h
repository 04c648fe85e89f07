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

#endif
