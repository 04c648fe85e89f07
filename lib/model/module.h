#ifndef JK_MODEL_MODULE_H
#define JK_MODEL_MODULE_H

#include "model/config.h"

enum { JK_N_ADAPTER_MODULES = 7 };

/*
 * The modules that LoRA may target, in the order q, k, v, o, gate, up, down:
 * "self_attn.q_proj" …
 */
extern const char *const jk_adapter_modules[JK_N_ADAPTER_MODULES];

/* The matrices of a module with in inputs and out outputs, for rank R. */
enum jk_lora_kind {
	JK_LORA_A,	/* [R, in] */
	JK_LORA_B,	/* [out, R] */
	JK_N_LORA_KINDS
};

const char *jk_lora_kind_name(enum jk_lora_kind kind);	/* "lora_A" */

/* PEFT's name of a module's matrix in a layer, in out[n]. */
void jk_adapter_tensor_name(uint32_t layer, int module,
    enum jk_lora_kind kind, char *out, size_t n);

/* Inputs and outputs of a module. */
void jk_module_shape(const struct jk_config *c, int module, uint64_t *in,
    uint64_t *out);

#endif
