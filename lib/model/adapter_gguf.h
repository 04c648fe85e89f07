#ifndef JK_MODEL_ADAPTER_GGUF_H
#define JK_MODEL_ADAPTER_GGUF_H

#include "model/adapter.h"

/*
 * The module's inner half: read a->path, a GGUF LoRA, as PEFT would have it:
 * names, the order of rows, numbers in f32.  Errors: JK_EDATA, JK_ESYS.
 */
int jk_adapter_from_gguf(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err) JK_WARN_UNUSED;

/* PEFT's name of A or B of a module of a layer. */
void jk_adapter_tensor_name(uint32_t layer, int module, char which,
    char *out, size_t n);

#endif
