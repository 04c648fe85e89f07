#ifndef JK_TRAIN_TENSORS_H
#define JK_TRAIN_TENSORS_H

#include "base/buf.h"
#include "nn/lora.h"

/* The matrices of a LoRA arena as a list, in the arena's order. */
struct jk_lora_tensor {
	uint32_t layer;
	enum jk_proj proj;
	char which;		/* 'A' or 'B' */
	uint64_t at, n;		/* first number in the arena, and how many */
	uint32_t n_rows, n_columns;
};

/* To be freed; NULL and an error without memory. */
struct jk_lora_tensor *jk_lora_tensors(const struct jk_lora *lora,
    const struct jk_config *config, size_t *n, struct jk_err *err);

/*
 * PEFT's name: "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight".
 */
void jk_lora_tensor_name(const struct jk_lora_tensor *t, char *out,
    size_t size);

#endif
