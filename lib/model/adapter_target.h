#ifndef JK_MODEL_ADAPTER_TARGET_H
#define JK_MODEL_ADAPTER_TARGET_H

#include "model/adapter.h"

/*
 * Which modules adapter_config.json means, as PEFT reads it.  `name` is a
 * module's name in transformers ("model.layers.0.self_attn.q_proj").  Errors:
 * JK_EDATA (a regular expression that cannot be read).
 */

/*
 * Whether the module has LoRA: 1, 0, -1.  A list names ends of names, a string
 * is a regular expression for all of it, or "all-linear".
 * Source: PEFT, check_target_module_exists in tuners/tuners_utils.py.
 */
int jk_adapter_is_target(const struct jk_adapter *a, const char *name,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Its rank and scale: rank_pattern's and alpha_pattern's first pattern that
 * matches the end of its name, else r and lora_alpha.
 * Source: PEFT, get_pattern_key in utils/other.py.
 */
int jk_adapter_rank(const struct jk_adapter *a, const char *name,
    uint32_t *rank, float *scale, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Whether modules_to_save names it, or a module that it is in.
 * Source: PEFT, _set_trainable in utils/other.py.
 */
bool jk_adapter_is_saved(const struct jk_adapter *a, const char *name);

/*
 * The rows of the embedding or the head that trainable_token_indices names, a
 * list of integers; borrowed, NULL for none.
 */
const json_t *jk_adapter_token_indices(const struct jk_adapter *a,
    enum jk_module module, const char *name);

#endif
