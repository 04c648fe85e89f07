#ifndef JK_MODEL_LORA_NAME_H
#define JK_MODEL_LORA_NAME_H

#include "model/module.h"
#include "model/weight_id.h"

/* What LoRA has of a module: names in PEFT's files and GGUF's, the scale. */

/* What an adapter has of a module with in inputs and out outputs, rank R. */
enum jk_lora_kind {
	JK_LORA_A,	/* [R, in] */
	JK_LORA_B,	/* [out, R] */
	JK_N_LORA_MATRICES,
	JK_LORA_MAGNITUDE = JK_N_LORA_MATRICES,	/* [out], of DoRA */
	JK_N_LORA_TRAINED,	/* kinds that training knows */
	JK_LORA_BIAS = JK_N_LORA_TRAINED,	/* [out], added to B's result:
						 * lora_bias */
	JK_N_LORA_KINDS
};

/*
 * "lora_A"; of the embedding "lora_embedding_A", whose matrices are those of
 * its transpose: A [R, vocab_size], B [hidden_size, R].
 */
const char *jk_lora_kind_name(enum jk_module module, enum jk_lora_kind kind);

/* What PEFT puts before the names of transformers. */
#define JK_LORA_WRAPPED "base_model.model."
/* PEFT's name of it, for a projection of a layer, the embedding or the head. */
void jk_lora_name(const struct jk_config *c, uint32_t layer,
    enum jk_module module, enum jk_lora_kind kind,
    char out[JK_WEIGHT_NAME_BYTES]);
/* PEFT's name of a whole weight; is_target: of a module that has LoRA. */
void jk_lora_saved_name(const struct jk_config *c, struct jk_weight_id id,
    bool is_target, char out[JK_WEIGHT_NAME_BYTES]);
/* GGUF's of a projection's matrix. */
void jk_lora_gguf_name(const struct jk_config *c, uint32_t layer,
    enum jk_module proj, enum jk_lora_kind kind,
    char out[JK_WEIGHT_NAME_BYTES]);

/* What B A is multiplied by; a member of adapter_config.json says which. */
enum jk_lora_variant {
	JK_LORA_PLAIN,		/* alpha / R */
	/*
	 * alpha / sqrt(R): Kalajdzievski, "A Rank Stabilization Scaling Factor
	 * for Fine-Tuning with LoRA", 2023
	 */
	JK_LORA_RSLORA,
	JK_N_LORA_VARIANTS
};

/* "use_rslora"; not of JK_LORA_PLAIN. */
const char *jk_lora_variant_member(enum jk_lora_variant variant);
float jk_lora_scale(enum jk_lora_variant variant, double alpha, uint32_t rank);

#endif
