#ifndef JK_MODEL_ADAPTER_OPEN_H
#define JK_MODEL_ADAPTER_OPEN_H

#include "model/adapter.h"

/*
 * Open the adapter in a folder, or in a .gguf file, for a model of that
 * configuration, and check it (model/adapter_check.h).  Errors: JK_EUSAGE (no
 * such folder or file), JK_ESYS, JK_EDATA.
 */
int jk_adapter_open(struct jk_adapter *a, const char *path,
    const struct jk_config *config, struct jk_err *err) JK_WARN_UNUSED;

#endif
