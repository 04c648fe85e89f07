#ifndef JK_MODEL_FAMILY_H
#define JK_MODEL_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What sets a family of models apart: one row each, read and written by
 * config_*.c and module.c.  A family of known blocks is a row here and a
 * recorded model in tests/data/tiny.
 *
 * Sources: the configuration classes of transformers (models/NAME/
 * configuration_NAME.py), which also say what an absent member means, and
 * llama.cpp (convert_hf_to_gguf.py, src/llama-model.cpp).
 */

enum jk_activation {
	JK_ACTIVATION_SILU,
	JK_ACTIVATION_GELU_TANH,
	JK_N_ACTIVATIONS
};

/* Which layers look through the sliding window, unless layer_types says so. */
enum jk_window_rule {
	JK_WINDOW_NONE,		/* sliding_window is not looked at */
	JK_WINDOW_ALL,
	/* those from max_window_layers on, with use_sliding_window */
	JK_WINDOW_UPPER,
	/* all but every sliding_window_pattern-th */
	JK_WINDOW_PERIOD,
	JK_WINDOW_STATED,	/* all, where a file says how wide it is */
	/* a model with one, EXAONE 4 32B, has layers that are not known */
	JK_WINDOW_REFUSED
};

/*
 * How Hugging Face's files call members of config.json (config_keys.h) and
 * modules (module.c), and whether their matrices are stored as [in, out].
 */
enum jk_naming {
	JK_NAMING_LLAMA,	/* model.layers.N.…, torch.nn.Linear */
	JK_NAMING_GPT2,		/* transformer.h.N.…, Conv1D: [in, out] */
	JK_NAMING_HUNYUAN,	/* Llama's, with query_layernorm */
	JK_NAMING_LFM2,		/* its feed-forward part is w1, w3, w2 */
	JK_N_NAMINGS
};

struct jk_family {
	const char *model_type;		/* of config.json */
	const char *class_name;		/* its architectures */
	const char *gguf_name;		/* general.architecture */
	/* model_type of a model of more than text that holds one; or NULL */
	const char *whole_type;
	/* what stands for "model." in the names of such a model's tensors */
	const char *whole_prefix;
	/*
	 * model_type of the family that the text part is by itself, and is
	 * written as; NULL: of this one
	 */
	const char *part_type;
	enum jk_naming naming;

	/* What config.json means where it does not say it; 0: it must. */
	struct {
		uint32_t hidden_size, intermediate_size, n_layers, n_heads;
		uint32_t n_inner;	/* intermediate_size / hidden_size */
		uint32_t n_kv_heads;	/* 0: n_heads */
		uint32_t head_dim;	/* 0: hidden_size / n_heads */
		uint32_t vocab_size, max_position_embeddings;
		bool tie_word_embeddings;
		double norm_eps;	/* 0: 1e-6 */
		double rope_theta;
		double rope_local_theta;	/* 0: one angle for all */
		/* q·k is scaled by its -1/2 power; 0: head_dim alone counts */
		double query_pre_attn_scalar;
		double scores_cap, logits_cap;	/* 0: none; no member of
						 * the former then */
		/* share of head_dim that RoPE turns; 0: all, and no other */
		double partial_rotary_factor;
		/* original length of RoPE scaling; 0: all positions */
		uint32_t original_positions;
		uint32_t sliding_window;	/* 0: 4096 */
	} absent;

	const char *activation_key;	/* member of config.json; or NULL */
	enum jk_activation activation;	/* where it is absent, and in GGUF */
	bool qkv_bias;
	bool fused_qkv;			/* one matrix for q, k and v */
	bool fused_gate_up;		/* and one for gate and up */
	bool proj_bias;			/* of the other projections */
	bool ungated;			/* feed-forward: up, act, down */
	bool layer_norm;		/* with bias, in RMSNorm's place */
	bool learned_positions;		/* in RoPE's place */
	bool qk_norm;			/* RMSNorm of each head of q and k */
	bool wide_qk_norm;		/* or one of all of q, one of all of k */
	bool late_qk_norm;		/* behind RoPE */
	bool norm_plus_one;		/* RMSNorm scales by 1 + w */
	bool post_norms;		/* behind attention and MLP, too */
	bool no_pre_norms;		/* none before them */
	bool scales_embedding;		/* by the square root of hidden_size */
	/* its files say what scales embedding, q·k, blocks and logits */
	bool has_multipliers;
	/* q_proj gives each head its query, then what gates its output */
	bool gated_attention;
	/* layers of linear attention: all but every fourth by default */
	bool has_linear;
	bool has_conv;		/* layers of short convolutions, as files say */
	/*
	 * Per-layer embeddings, heads of another size in layers of full
	 * attention, the last layers sharing keys and values; values have
	 * norms, q·k no scale; the last layer is of full attention
	 */
	bool has_per_layer;
	bool caps_logits;	/* a file may say that logits are capped */
	enum jk_window_rule window;
	uint32_t window_period;		/* of PERIOD, unless a file says it */
	uint32_t no_rope_period;	/* every how many layers one is without */
	bool has_alpha;		/* "dynamic" scaling with one is a larger base */

	/* longrope by older names, too; GGUF has words for it */
	bool has_longrope;

	/* GGUF: another name of the norm before the MLP; or NULL */
	const char *gguf_mlp_norm;
	const char *gguf_norm;		/* and of the last norm */
	const char *gguf_tokenizer;	/* its tokenizer.ggml.model; or NULL */
	/* GGUF: rows of q and k are permuted (model/weight_form.h) */
	bool gguf_permuted;
	/* GGUF: ARCH.vocab_size and .rope.dimension_count are written */
	bool gguf_vocab_size;
	/*
	 * GGUF has no word for query_pre_attn_scalar; readers take head_dim,
	 * but hidden_size / n_heads in models of so many layers.  0: in none
	 */
	uint32_t gguf_wide_layers;
};

/* The number of a row is part of a run's identity: new ones come last. */
extern const struct jk_family jk_families[];
extern const size_t jk_n_families;

/* By model_type; the first by general.architecture, n bytes.  NULL: none. */
const struct jk_family *jk_family_by_type(const char *model_type);
const struct jk_family *jk_family_by_gguf(const char *name, size_t n);
/* The one that models are written as: itself, or the one of part_type. */
const struct jk_family *jk_family_written(const struct jk_family *f);
/* The one of the same name in GGUF that has a window; itself without one. */
const struct jk_family *jk_family_with_window(const struct jk_family *f);

#endif
