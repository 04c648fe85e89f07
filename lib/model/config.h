#ifndef JK_MODEL_CONFIG_H
#define JK_MODEL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "model/family.h"
#include "model/gguf.h"

/* The decoder's switches, from config.json or from GGUF metadata. */

enum jk_rope_scaling_kind {
	JK_ROPE_SCALING_NONE,
	JK_ROPE_SCALING_LINEAR,	/* `factor` */
	JK_ROPE_SCALING_LLAMA3,	/* the first four parameters */
	JK_ROPE_SCALING_YARN,	/* all but low_… and high_freq_factor */
	JK_ROPE_SCALING_DYNAMIC,	/* none within position_limit */
	JK_ROPE_SCALING_LONGROPE,	/* rope_factors, the short ones */
	JK_ROPE_SCALING_PROPORTIONAL,	/* `factor` and `share` */
	JK_ROPE_SCALING_FACTORS	/* GGUF: only jk_config.rope_factors */
};

struct jk_rope_scaling {
	enum jk_rope_scaling_kind kind;
	double factor, low_freq_factor, high_freq_factor;
	double original_max_position_embeddings;
	double attention_factor;	/* of YARN and LONGROPE; 0: by rule */
	double beta_fast, beta_slow;
	bool truncate;			/* to whole pairs */
	double share;			/* of pairs that turn at all */
};

/* What a layer mixes tokens with. */
enum jk_layer_kind {
	JK_LAYER_FULL_ATTENTION,
	JK_LAYER_SLIDING_ATTENTION,	/* the last sliding_window tokens */
	JK_LAYER_LINEAR_ATTENTION,	/* a state that all tokens went into */
	JK_LAYER_SHORT_CONV,		/* the last conv_kernel tokens */
	JK_N_LAYER_KINDS
};

enum { JK_MAX_END_IDS = 16, JK_MAX_LAYERS = 512, JK_MAX_HEAD_DIM = 1024,
	JK_MAX_LINEAR_DIM = 256, JK_MAX_CONV_KERNEL = 8 };

struct jk_config {
	const struct jk_family *family;
	uint32_t hidden_size;
	uint32_t intermediate_size;	/* jk_layer_intermediate_size */
	uint32_t n_layers;
	uint32_t n_heads;
	uint32_t n_kv_heads;		/* divides n_heads */
	uint32_t head_dim;		/* even: jk_layer_head_dim */
	uint32_t full_head_dim;		/* of full attention; 0: head_dim */
	/* even: what RoPE turns of a head (of full attention, where heads of
	 * other layers are of another size and turned as a whole) */
	uint32_t rotary_dim;
	/* the last layers, which take keys and values from ones before them
	 * (jk_layer_kv); how wide their feed-forward part is, 0: as others' */
	uint32_t n_shared_kv, shared_intermediate_size;
	uint32_t vocab_size;		/* rows of the embedding */
	uint32_t max_position_embeddings;
	float rms_norm_eps;		/* of LayerNorm too */
	enum jk_activation activation;	/* of the gate, or without one */
	bool tie_word_embeddings;	/* lm_head is the embedding */
	/* family.h's */
	bool qkv_bias, qk_norm, norm_plus_one, post_norms, gated_attention;
	bool fused_qkv, fused_gate_up, proj_bias, ungated, layer_norm;
	bool learned_positions;
	bool wide_qk_norm, late_qk_norm, no_pre_norms;
	bool v_norm;		/* heads of v have norms without weights */
	/* layers of linear attention (nn/delta.h); all 0 without any */
	struct {
		uint32_t n_k_heads;	/* divides n_v_heads */
		uint32_t n_v_heads;
		uint32_t key_dim, value_dim;	/* of a head */
		uint32_t kernel;	/* of the convolution */
	} linear;
	uint32_t conv_kernel;	/* of short convolutions; 0 without any */
	uint32_t per_layer_size;	/* of per-layer embeddings; 0: none */
	/*
	 * The embedding is multiplied by this: 1, or the square root of
	 * hidden_size, which `transformers` rounds to the weights' type, or
	 * what the file says.
	 */
	float embedding_scale;
	float residual_scale;		/* of what a block adds; mostly 1 */
	float logits_scale;		/* logits are divided by it; mostly 1 */
	float attention_scale;		/* of q·k */
	/* what bounds the scores of attention and the logits; 0: nothing */
	float scores_cap, logits_cap;
	uint32_t sliding_window;	/* 0: none */
	enum jk_layer_kind layer_kinds[JK_MAX_LAYERS];	/* [n_layers] */
	bool no_rope[JK_MAX_LAYERS];	/* [n_layers] positions mean nothing */
	double rope_theta;
	double rope_local_theta;	/* of layers with the window; or 0 */
	struct jk_rope_scaling rope_scaling;
	/*
	 * The scaling in one form for all kinds: the inverse frequency of pair
	 * i < rotary_dim / 2, rope_theta^(-2i/rotary_dim), is divided by
	 * rope_factors[i].  1 without scaling.  Layers that use
	 * rope_local_theta are not scaled.
	 */
	float rope_factors[JK_MAX_HEAD_DIM / 2];
	/* of LONGROPE beyond position_limit: for files alone */
	float rope_long_factors[JK_MAX_HEAD_DIM / 2];
	float rope_attention_factor;	/* of cosines and sines; mostly 1 */
	/*
	 * Positions that can be used: max_position_embeddings, or those of
	 * LONGROPE's short factors.
	 */
	uint32_t position_limit;
	int64_t bos_id, eos_id, pad_id, unk_id;	/* -1: none */
	/* every id that ends an answer: generation_config.json, config.json,
	 * or GGUF's eos, eot and eom */
	uint32_t end_ids[JK_MAX_END_IDS];
	uint32_t n_end_ids;
	bool is_part;	/* the text part of a model of more than text */
};

/* As layer_types of config.json has it: "full_attention". */
const char *jk_layer_kind_name(enum jk_layer_kind kind);
/* And back; false where it is none. */
bool jk_layer_kind_parse(const char *name, enum jk_layer_kind *kind);
/* Sizes of a layer: where all are alike, those of the configuration. */
uint32_t jk_layer_head_dim(const struct jk_config *c, uint32_t layer);
uint32_t jk_layer_rotary_dim(const struct jk_config *c, uint32_t layer);
uint32_t jk_layer_intermediate_size(const struct jk_config *c,
    uint32_t layer);
/*
 * The layer of attention whose keys and values a layer of attention looks at:
 * itself, or the last of its kind before all that share.
 */
uint32_t jk_layer_kv(const struct jk_config *c, uint32_t layer);
/* How many layers are of a kind. */
uint32_t jk_layers_of(const struct jk_config *config, enum jk_layer_kind kind);

/*
 * From config.json, and generation_config.json where there is one (may be
 * NULL).  Both forms of RoPE parameters are read (rope_theta and
 * rope_scaling; rope_parameters).  What is absent has the default of the
 * architecture's class in `transformers`.
 * Errors: JK_EDATA, naming an unknown architecture, a missing or absurd
 * member, a switch that the decoder does not have.
 */
int jk_config_from_json(struct jk_config *config, const json_t *json,
    const json_t *generation, struct jk_err *err) JK_WARN_UNUSED;

/* From GGUF metadata and tensors.  Errors: as above. */
int jk_config_from_gguf(struct jk_config *config, const struct jk_gguf *g,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Only bos_id, eos_id, pad_id, unk_id and the end ids, whatever the
 * architecture: for tools that look at no weights.  `json` may be NULL.
 */
int jk_config_ids_from_json(struct jk_config *config, const json_t *json,
    const json_t *generation, struct jk_err *err) JK_WARN_UNUSED;
int jk_config_ids_from_gguf(struct jk_config *config,
    const struct jk_gguf *g, struct jk_err *err) JK_WARN_UNUSED;

/*
 * `json`, or its text_config where it is a model of more than text that holds
 * one of a known family: what concerns text alone.
 */
const json_t *jk_config_text_part(const json_t *json);

/*
 * Shared by the two readers: the family's switches, once hidden_size and
 * n_layers are known.
 */
void jk_config_take_family(struct jk_config *config);
/*
 * Shared by the two readers: all layers but every `period`-th are of linear
 * attention.
 */
void jk_config_linear_but_every(struct jk_config *config, uint32_t period);
/*
 * Shared by the two readers: checks the sizes against each other and fills
 * rope_factors (unless kind is FACTORS or LONGROPE), rope_attention_factor and
 * position_limit.  Errors: JK_EDATA.
 */
int jk_config_finish(struct jk_config *config, struct jk_err *err)
	JK_WARN_UNUSED;

/* YaRN's factor of cosines and sines, where a file has none of its own. */
double jk_yarn_attention(double factor);

/* Whether an id ends an answer. */
bool jk_config_is_end(const struct jk_config *config, int64_t id);
/* Add an end id unless it is there.  Errors: JK_EDATA (too many). */
int jk_config_add_end_id(struct jk_config *config, int64_t id,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
