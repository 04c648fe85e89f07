#ifndef JK_MODEL_MODULE_H
#define JK_MODEL_MODULE_H

#include "model/config.h"

/*
 * The modules that hold a model's weights, one row each in module.c: names in
 * Hugging Face's files, PEFT's and GGUF's, shape, group, and which families
 * have it.
 */

enum jk_module {
	/* projections: LoRA may target them, by bits 1 << module */
	JK_MODULE_Q, JK_MODULE_K, JK_MODULE_V, JK_MODULE_O,
	JK_MODULE_GATE, JK_MODULE_UP, JK_MODULE_DOWN,
	JK_MODULE_QKV,		/* q, k, v in one, in their place (fused_qkv) */
	/* of linear attention: q, k, v; the output's gate; beta; the decay */
	JK_MODULE_LINEAR_QKV, JK_MODULE_LINEAR_Z, JK_MODULE_LINEAR_B,
	JK_MODULE_LINEAR_A, JK_MODULE_LINEAR_OUT,
	/* of a short convolution: its gates and input in one; its output */
	JK_MODULE_CONV_IN, JK_MODULE_CONV_OUT,
	JK_MODULE_GATE_UP,	/* both in one, in their place (fused_gate_up) */
	/* of per-layer embeddings: what gates them; from them to the stream */
	JK_MODULE_PER_LAYER_GATE, JK_MODULE_PER_LAYER_OUT,
	JK_N_PROJS,
	/* norms of a layer: before a block, behind it, of heads */
	JK_MODULE_ATTENTION_NORM = JK_N_PROJS, JK_MODULE_ATTENTION_POST_NORM,
	JK_MODULE_Q_NORM, JK_MODULE_K_NORM,
	JK_MODULE_MLP_NORM, JK_MODULE_MLP_POST_NORM,
	/* vectors of linear attention; the convolution's kernels */
	JK_MODULE_LINEAR_NORM, JK_MODULE_LINEAR_A_LOG,
	JK_MODULE_LINEAR_DT_BIAS, JK_MODULE_LINEAR_CONV,
	JK_MODULE_CONV_KERNELS,		/* of a short convolution */
	/* behind per-layer embeddings: a norm, what multiplies the stream */
	JK_MODULE_PER_LAYER_POST_NORM, JK_MODULE_LAYER_SCALE,
	JK_N_LAYER_MODULES,
	/* of no layer */
	JK_MODULE_EMBEDDING = JK_N_LAYER_MODULES, JK_MODULE_POSITIONS,
	JK_MODULE_NORM, JK_MODULE_HEAD,
	/* per-layer embeddings of tokens, of what their embedding makes */
	JK_MODULE_PER_LAYER_EMBEDDING, JK_MODULE_PER_LAYER_PROJECTION,
	JK_MODULE_PER_LAYER_NORM,
	JK_N_MODULES
};

/*
 * Projections that share their input form a group, of those that a model has.
 * Their outputs stand side by side in one row: [T, (H + 2G) D] for q, k, v,
 * which may be one, or q alone where k and v are another layer's; [T, 2F] for
 * gate, up; [T, F] without a gate.  With gated_attention q has the gates as
 * well, [H, 2, D].
 */
enum jk_group {
	JK_GROUP_QKV, JK_GROUP_O, JK_GROUP_GATE_UP, JK_GROUP_DOWN,
	JK_GROUP_LINEAR_IN, JK_GROUP_LINEAR_OUT,
	JK_GROUP_CONV_IN, JK_GROUP_CONV_OUT,
	JK_GROUP_PER_LAYER_GATE, JK_GROUP_PER_LAYER_OUT, JK_N_GROUPS,
	JK_NO_GROUP = JK_N_GROUPS
};

enum { JK_GROUP_MAX = 4 };	/* projections of a group, at most */

/* Hugging Face's path, in a layer or the model: "self_attn.q_proj". */
const char *jk_module_path(const struct jk_config *c, enum jk_module module);
/* GGUF's, behind a layer's "blk.N.": "attn_q". */
const char *jk_module_gguf(const struct jk_config *c, enum jk_module module);
/* The beginning of Hugging Face's that files of the decoder alone lack. */
const char *jk_module_prefix(const struct jk_config *c);	/* "model." */
/* And of those of a layer behind it, before the number. */
const char *jk_module_layers(const struct jk_config *c);	/* "layers." */
/* In any layer; in one (0 for what is of none). */
bool jk_module_is_had(const struct jk_config *c, enum jk_module module);
bool jk_layer_has_module(const struct jk_config *c, uint32_t layer,
    enum jk_module module);
bool jk_module_has_bias(const struct jk_config *c, enum jk_module module);
/*
 * Rows and columns of its weight in a layer (0 for what is of none); 0 columns
 * of a vector.  (In safetensors a convolution's kernels [channels, K] have a
 * dimension of 1 between the two.)
 */
void jk_module_shape(const struct jk_config *c, uint32_t layer,
    enum jk_module module, uint64_t *rows, uint64_t *columns);

/* Of a projection: PEFT's short name, "q_proj"; its group. */
const char *jk_proj_name(const struct jk_config *c, enum jk_module proj);
enum jk_group jk_proj_group(enum jk_module proj);
/* Bits of all projections that the model has. */
unsigned jk_proj_all(const struct jk_config *c);
/*
 * Bits of the projections that a name means, as target_modules of PEFT has
 * it: the short name or the path ("c_proj", "mlp.c_proj"); where names end in
 * "_proj" also what stands before that ("q").  0: none of this model.
 */
unsigned jk_proj_parse(const struct jk_config *c, const char *name, size_t n);
/*
 * And back: the name that means this projection alone, or together with
 * others that `targets` has as well.
 */
const char *jk_proj_target(const struct jk_config *c, enum jk_module proj,
    unsigned targets);

#endif
