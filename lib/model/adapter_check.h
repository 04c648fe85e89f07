#ifndef JK_MODEL_ADAPTER_CHECK_H
#define JK_MODEL_ADAPTER_CHECK_H

#include "model/adapter.h"

/*
 * Find what the adapter's file has for a model of that configuration: a->parts,
 * a->saved, a->rows, a->targets.  Every module that adapter_config.json targets
 * has its A and B, and what else it asks for, in the shape that rank and model
 * give them; so has what it saves whole; F32, F16 or BF16, all numbers finite;
 * nothing else is in the file.  Targets of a GGUF file are those that it holds
 * matrices of.  Errors: JK_EDATA, naming what is missing, unknown, misshapen,
 * not finite, no target or not supported; JK_ESYS.
 */
int jk_adapter_check(struct jk_adapter *a, const struct jk_config *c,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
