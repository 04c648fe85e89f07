#ifndef JK_MODEL_ADAPTER_CONFIG_H
#define JK_MODEL_ADAPTER_CONFIG_H

#include "model/adapter.h"

/*
 * adapter_config.json as PEFT 0.21 reads it.  What would give other numbers
 * than the file's LoRA matrices, magnitudes, biases and whole modules say is
 * refused by its name, and so is a member that PEFT does not know, unless it is
 * off.  Which modules it means: model/adapter_target.h.
 */

/*
 * Check all members of a->config, and take rank and alpha (those of modules
 * that no pattern names), the variant, and what LoRA's matrices come with.
 * Errors: JK_EDATA, naming the member and its value.
 */
int jk_adapter_read_config(struct jk_adapter *a, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
