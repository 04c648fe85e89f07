#ifndef JK_MODEL_ADAPTER_CONFIG_H
#define JK_MODEL_ADAPTER_CONFIG_H

#include "model/adapter.h"

/*
 * adapter_config.json as PEFT reads it.  What would give other numbers than
 * plain LoRA with one rank and alpha is refused by its name, and so is a
 * member that PEFT 0.21.2 does not know, unless it is off.
 */

/*
 * Take rank, alpha and scale from a->config.  Errors: JK_EDATA, naming the
 * member and its value.
 */
int jk_adapter_read_config(struct jk_adapter *a, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * Whether PEFT puts LoRA on the module of that path in `transformers`
 * ("model.layers.0.self_attn.q_proj", see a->root): 1, 0, -1.  Errors: JK_EDATA (a regular
 * expression that cannot be read).
 * Source: PEFT, check_target_module_exists in tuners/tuners_utils.py.
 */
int jk_adapter_is_target(const struct jk_adapter *a, const char *path,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
