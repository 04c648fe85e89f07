#ifndef JK_MODEL_MODEL_H
#define JK_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "model/config.h"
#include "model/gguf.h"
#include "model/module.h"
#include "model/safetensors.h"
#include "model/weight_id.h"

/* Files of a Hugging Face folder. */
#define JK_CONFIG_FILE "config.json"
#define JK_GENERATION_FILE "generation_config.json"
#define JK_TOKENIZER_FILE "tokenizer.json"
#define JK_TOKENIZER_CONFIG_FILE "tokenizer_config.json"
#define JK_SPECIAL_TOKENS_FILE "special_tokens_map.json"
#define JK_ADDED_TOKENS_FILE "added_tokens.json"
#define JK_VOCAB_FILE "vocab.json"
#define JK_MERGES_FILE "merges.txt"
#define JK_CHAT_TEMPLATE_FILE "chat_template.jinja"
#define JK_WEIGHTS_FILE "model.safetensors"
#define JK_WEIGHTS_INDEX_FILE JK_WEIGHTS_FILE ".index.json"

/*
 * A model on disk, in Hugging Face form whatever it is stored as: GGUF's
 * names are translated, rows and columns that stand in an order of its own are
 * put back, 1 is taken off norms that scale by 1 + w, and GPT-2's matrices,
 * which its folders have as [in, out], are transposed.
 *
 * The weights are exactly those that the decoder uses, each with the shape
 * that the configuration gives it:
 *
 *	model.embed_tokens.weight	[vocab_size, hidden_size]
 *	model.layers.N.
 *	  input_layernorm.weight	[hidden_size]
 *	  self_attn.q_proj.weight	[n_heads * head_dim, hidden_size]
 *			(gated_attention: twice the rows, head by head)
 *	  self_attn.k_proj.weight	[n_kv_heads * head_dim, hidden_size]
 *	  self_attn.v_proj.weight	[n_kv_heads * head_dim, hidden_size]
 *	  self_attn.{q,k,v}_proj.bias	[rows of the weight]	(qkv_bias)
 *	  self_attn.{q,k}_norm.weight	[head_dim]		(qk_norm)
 *	  self_attn.o_proj.weight	[hidden_size, n_heads * head_dim]
 *	  post_attention_layernorm.weight	[hidden_size]
 *	  pre_feedforward_layernorm.weight	[hidden_size]	(post_norms)
 *	  post_feedforward_layernorm.weight	[hidden_size]	(post_norms)
 *	layers of linear attention instead of self_attn:
 *	  linear_attn.in_proj_qkv.weight	[2 keys + values, hidden_size]
 *	  linear_attn.in_proj_z.weight	[values, hidden_size]
 *	  linear_attn.in_proj_{b,a}.weight	[value heads, hidden_size]
 *	  linear_attn.conv1d.weight	[2 keys + values, 1, kernel]
 *	  linear_attn.{A_log,dt_bias}	[value heads]
 *	  linear_attn.norm.weight	[value_dim]
 *	  linear_attn.out_proj.weight	[hidden_size, values]
 *	  mlp.gate_proj.weight, mlp.up_proj.weight
 *					[intermediate_size, hidden_size]
 *	  mlp.down_proj.weight		[hidden_size, intermediate_size]
 *	model.norm.weight		[hidden_size]
 *	lm_head.weight	[vocab_size, hidden_size] (not tie_word_embeddings)
 *
 * With per-layer embeddings (Gemma 4) also the following; head_dim and
 * intermediate_size are those of the layer, and one that shares keys and values
 * has no k_proj, v_proj and k_norm:
 *
 *	model.embed_tokens_per_layer.weight
 *				[vocab_size, n_layers * per_layer_size]
 *	model.per_layer_model_projection.weight
 *				[n_layers * per_layer_size, hidden_size]
 *	model.per_layer_projection_norm.weight	[per_layer_size]
 *	model.layers.N.
 *	  per_layer_input_gate.weight	[per_layer_size, hidden_size]
 *	  per_layer_projection.weight	[hidden_size, per_layer_size]
 *	  post_per_layer_input_norm.weight	[hidden_size]
 *	  layer_scalar			[1]
 *
 * GPT-2 has its own names and biases (module.c), and its matrices are [out,
 * in] here as all are, whatever the files have:
 *
 *	transformer.wte.weight		[vocab_size, hidden_size]
 *	transformer.wpe.weight	[max_position_embeddings, hidden_size]
 *	transformer.h.N.
 *	  ln_1, ln_2			[hidden_size]
 *	  attn.c_attn: q, k, v		[3 hidden_size, hidden_size]
 *	  attn.c_proj			[hidden_size, hidden_size]
 *	  mlp.c_fc			[intermediate_size, hidden_size]
 *	  mlp.c_proj			[hidden_size, intermediate_size]
 *	transformer.ln_f		[hidden_size]
 *
 * Norms, biases, positions and what else is no matrix may be F32, F16 or BF16;
 * matrices any weight type.  Data is aligned to 4 bytes.
 * With post_norms, post_attention_layernorm is the norm behind attention
 * (Gemma), otherwise the one before the feed-forward part (Llama).
 */
struct jk_model {
	char *path;			/* of the folder or .gguf file */
	bool is_gguf;
	struct jk_config config;
	struct jk_tensor *tensors;	/* sorted by name; none: text only */
	size_t n_tensors;
	/* jk_model_take_training: the files say otherwise where new */
	bool taught, new_ends, new_template;

	struct jk_gguf gguf;		/* the rest is the module's own */
	struct jk_safetensors *files;
	size_t n_files;
	void **copies;			/* of tensors that were put back */
	size_t n_copies;
	char *names;
	json_t *tokenizer_config;	/* tokenizer_config.json or NULL */
	json_t *special_tokens;		/* name -> token text */
	json_t *chat_templates;		/* name -> template; "default" */
};

/* Give back the memory of file pages that were read (jk_map_forget). */
void jk_model_forget(const struct jk_model *m);

/*
 * Free the model's own copies of tensors, but those for which `used` says that
 * their memory is used still.  The tensors of the others have no data then.
 */
void jk_model_drop_copies(struct jk_model *m, bool (*used)(void *ctx,
    const void *data), void *ctx);

/*
 * A JSON file of the model's folder, an object: a new reference; *v is NULL
 * where there is none.  Errors: JK_EDATA, JK_ESYS.
 */
int jk_model_load_json(const struct jk_model *m, const char *name, json_t **v,
    struct jk_err *err) JK_WARN_UNUSED;

/* Borrowed; NULL if the model has no tensor of that name. */
const struct jk_tensor *jk_model_tensor(const struct jk_model *m,
    const char *name);
/* The same; it has those that its configuration asks for. */
const struct jk_tensor *jk_model_weight(const struct jk_model *m,
    struct jk_weight_id id);

/*
 * The model's own chat template (Jinja), borrowed; NULL if it has none.
 * `name` chooses one of several; NULL is the default.  Sources, the first
 * that has it: chat_template.jinja, tokenizer_config.json;
 * tokenizer.chat_template of GGUF.
 */
const char *jk_model_chat_template(const struct jk_model *m,
    const char *name);

/*
 * The text of a special token under its Hugging Face name ("bos_token",
 * "eos_token", "pad_token", "unk_token", …), borrowed; NULL if there is
 * none.  jk_model.special_tokens is the whole map, in the files' order.
 */
const char *jk_model_special_token(const struct jk_model *m,
    const char *name);

#endif
