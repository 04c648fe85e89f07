#ifndef JK_MODEL_CONFIG_WRITE_H
#define JK_MODEL_CONFIG_WRITE_H

#include "model/config.h"
#include "model/gguf_write.h"

/*
 * config.json of a configuration that was read from GGUF, as transformers
 * writes it for the architecture; `dtype` is the weights' ("bfloat16").  The
 * llama3 scaling is found from its factors.  NULL: JK_EDATA where
 * `transformers` has no words for it (RoPE factors that are not llama3's),
 * JK_ESYS.
 */
json_t *jk_config_to_json(const struct jk_config *c, const char *dtype,
    struct jk_err *err);
/* generation_config.json: the special ids.  NULL without memory. */
json_t *jk_generation_config(const struct jk_config *c);
/* eos_token_id: the end ids, a list of several.  NULL without memory. */
json_t *jk_end_ids_json(const struct jk_config *c);

/*
 * The entries general.architecture, ARCH.…, and the special ids of
 * tokenizer.ggml.  Errors: JK_EDATA for a switch that GGUF cannot say: windows
 * in other layers than the family's readers take, a pattern of them that does
 * not repeat, more than three end tokens.
 */
int jk_config_to_gguf(const struct jk_config *c, struct jk_gguf_meta *m,
    struct jk_err *err) JK_WARN_UNUSED;
/* Of these the end ids alone: eos, eot, eom. */
int jk_end_ids_to_gguf(const struct jk_config *c, struct jk_gguf_meta *m,
    struct jk_err *err) JK_WARN_UNUSED;
/* By what readers of GGUF scale q·k for such a model. */
float jk_config_gguf_attention_scale(const struct jk_config *c);

#endif
