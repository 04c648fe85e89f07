#ifndef JK_MODEL_ADAPTER_OPEN_H
#define JK_MODEL_ADAPTER_OPEN_H

#include "model/adapter.h"

/*
 * Open the adapter in a folder, or in a .gguf file, for a model of that
 * configuration: every targeted module has its A [rank, in] and B [out, rank]
 * in every layer, F32, F16 or BF16, all numbers finite, and nothing else is in
 * the file.  Targeted is what adapter_config.json says, as PEFT reads it; of
 * GGUF what the file holds.  Errors: JK_EUSAGE (no such folder or file),
 * JK_ESYS, JK_EDATA naming what is missing, unknown, misshapen, not finite, no
 * target or not supported.
 */
int jk_adapter_open(struct jk_adapter *a, const char *path,
    const struct jk_config *config, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Sets a->targets; every matrix that they need is there, in its shape and
 * finite, and nothing else.  Errors: JK_EDATA.
 */
int jk_adapter_check(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
