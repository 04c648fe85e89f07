#include "model/module.h"

#include <stdio.h>
#include <string.h>

enum dim { NO_DIM, HIDDEN, INNER, TWO_INNER, Q_HEADS, Q_OUTPUTS, KV_HEADS,
	QKV_HEADS, HEAD_DIM, Q_NORMED, K_NORMED, VOCAB, POSITIONS, LINEAR_QKV,
	LINEAR_VALUES, LINEAR_HEADS, LINEAR_VALUE_DIM, LINEAR_KERNEL,
	CONV_IN, CONV_KERNEL, PER_LAYER, ALL_PER_LAYER, ONE };

/* Which configurations have a module, or its bias. */
enum condition { ALWAYS, NEVER, SPLIT_QKV, FUSED_QKV, QKV_BIAS, OWN_GATE,
	OWN_UP, FUSED_GATE_UP, PROJ_BIAS, LAYER_NORM, LEARNED_POSITIONS,
	QK_NORM, PRE_NORMS, POST_NORMS, OWN_HEAD, HAS_PER_LAYER };

/* Which layers have it. */
enum layers { EACH_LAYER, ATTENTION, OWN_KV, LINEAR, SHORT_CONV };

static const struct row {
	const char *path;	/* Hugging Face's, and PEFT's */
	const char *post_path;	/* the same with post_norms, if another */
	const char *gguf;
	enum dim rows, columns;
	enum condition had, bias;
	enum jk_group group;
	enum layers layers;
} table[JK_N_MODULES] = {
	[JK_MODULE_Q] = { "self_attn.q_proj", NULL, "attn_q",
	    Q_OUTPUTS, HIDDEN, SPLIT_QKV, QKV_BIAS, JK_GROUP_QKV, ATTENTION },
	[JK_MODULE_K] = { "self_attn.k_proj", NULL, "attn_k",
	    KV_HEADS, HIDDEN, SPLIT_QKV, QKV_BIAS, JK_GROUP_QKV, OWN_KV },
	[JK_MODULE_V] = { "self_attn.v_proj", NULL, "attn_v",
	    KV_HEADS, HIDDEN, SPLIT_QKV, QKV_BIAS, JK_GROUP_QKV, OWN_KV },
	[JK_MODULE_O] = { "self_attn.o_proj", NULL, "attn_output",
	    HIDDEN, Q_HEADS, ALWAYS, PROJ_BIAS, JK_GROUP_O, ATTENTION },
	[JK_MODULE_GATE] = { "mlp.gate_proj", NULL, "ffn_gate",
	    INNER, HIDDEN, OWN_GATE, PROJ_BIAS, JK_GROUP_GATE_UP, EACH_LAYER },
	[JK_MODULE_UP] = { "mlp.up_proj", NULL, "ffn_up",
	    INNER, HIDDEN, OWN_UP, PROJ_BIAS, JK_GROUP_GATE_UP, EACH_LAYER },
	[JK_MODULE_DOWN] = { "mlp.down_proj", NULL, "ffn_down",
	    HIDDEN, INNER, ALWAYS, PROJ_BIAS, JK_GROUP_DOWN, EACH_LAYER },
	[JK_MODULE_QKV] = { "self_attn.qkv_proj", NULL, "attn_qkv",
	    QKV_HEADS, HIDDEN, FUSED_QKV, QKV_BIAS, JK_GROUP_QKV, ATTENTION },
	[JK_MODULE_LINEAR_QKV] = { "linear_attn.in_proj_qkv", NULL, "attn_qkv",
	    LINEAR_QKV, HIDDEN, ALWAYS, NEVER, JK_GROUP_LINEAR_IN, LINEAR },
	[JK_MODULE_LINEAR_Z] = { "linear_attn.in_proj_z", NULL, "attn_gate",
	    LINEAR_VALUES, HIDDEN, ALWAYS, NEVER, JK_GROUP_LINEAR_IN, LINEAR },
	[JK_MODULE_LINEAR_B] = { "linear_attn.in_proj_b", NULL, "ssm_beta",
	    LINEAR_HEADS, HIDDEN, ALWAYS, NEVER, JK_GROUP_LINEAR_IN, LINEAR },
	[JK_MODULE_LINEAR_A] = { "linear_attn.in_proj_a", NULL, "ssm_alpha",
	    LINEAR_HEADS, HIDDEN, ALWAYS, NEVER, JK_GROUP_LINEAR_IN, LINEAR },
	[JK_MODULE_LINEAR_OUT] = { "linear_attn.out_proj", NULL, "ssm_out",
	    HIDDEN, LINEAR_VALUES, ALWAYS, NEVER, JK_GROUP_LINEAR_OUT,
	    LINEAR },
	[JK_MODULE_CONV_IN] = { "conv.in_proj", NULL, "shortconv.in_proj",
	    CONV_IN, HIDDEN, ALWAYS, NEVER, JK_GROUP_CONV_IN, SHORT_CONV },
	[JK_MODULE_CONV_OUT] = { "conv.out_proj", NULL, "shortconv.out_proj",
	    HIDDEN, HIDDEN, ALWAYS, NEVER, JK_GROUP_CONV_OUT, SHORT_CONV },
	[JK_MODULE_GATE_UP] = { "mlp.gate_up_proj", NULL, "ffn_up",
	    TWO_INNER, HIDDEN, FUSED_GATE_UP, PROJ_BIAS, JK_GROUP_GATE_UP,
	    EACH_LAYER },
	[JK_MODULE_PER_LAYER_GATE] = { "per_layer_input_gate", NULL,
	    "inp_gate",
	    PER_LAYER, HIDDEN, HAS_PER_LAYER, NEVER, JK_GROUP_PER_LAYER_GATE,
	    EACH_LAYER },
	[JK_MODULE_PER_LAYER_OUT] = { "per_layer_projection", NULL, "proj",
	    HIDDEN, PER_LAYER, HAS_PER_LAYER, NEVER, JK_GROUP_PER_LAYER_OUT,
	    EACH_LAYER },

	[JK_MODULE_ATTENTION_NORM] = { "input_layernorm", NULL, "attn_norm",
	    HIDDEN, NO_DIM, PRE_NORMS, LAYER_NORM, JK_NO_GROUP, EACH_LAYER },
	/* a name for two things: without post_norms the norm before the MLP */
	[JK_MODULE_ATTENTION_POST_NORM] = { "post_attention_layernorm", NULL,
	    "post_attention_norm",
	    HIDDEN, NO_DIM, POST_NORMS, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_Q_NORM] = { "self_attn.q_norm", NULL, "attn_q_norm",
	    Q_NORMED, NO_DIM, QK_NORM, NEVER, JK_NO_GROUP, ATTENTION },
	[JK_MODULE_K_NORM] = { "self_attn.k_norm", NULL, "attn_k_norm",
	    K_NORMED, NO_DIM, QK_NORM, NEVER, JK_NO_GROUP, OWN_KV },
	[JK_MODULE_MLP_NORM] = { "post_attention_layernorm",
	    "pre_feedforward_layernorm", "ffn_norm",
	    HIDDEN, NO_DIM, PRE_NORMS, LAYER_NORM, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_MLP_POST_NORM] = { "post_feedforward_layernorm", NULL,
	    "post_ffw_norm",
	    HIDDEN, NO_DIM, POST_NORMS, NEVER, JK_NO_GROUP, EACH_LAYER },

	[JK_MODULE_LINEAR_NORM] = { "linear_attn.norm", NULL, "ssm_norm",
	    LINEAR_VALUE_DIM, NO_DIM, ALWAYS, NEVER, JK_NO_GROUP, LINEAR },
	[JK_MODULE_LINEAR_A_LOG] = { "linear_attn.A_log", NULL, "ssm_a",
	    LINEAR_HEADS, NO_DIM, ALWAYS, NEVER, JK_NO_GROUP, LINEAR },
	[JK_MODULE_LINEAR_DT_BIAS] = { "linear_attn.dt_bias", NULL,
	    "ssm_dt.bias",
	    LINEAR_HEADS, NO_DIM, ALWAYS, NEVER, JK_NO_GROUP, LINEAR },
	[JK_MODULE_LINEAR_CONV] = { "linear_attn.conv1d", NULL, "ssm_conv1d",
	    LINEAR_QKV, LINEAR_KERNEL, ALWAYS, NEVER, JK_NO_GROUP, LINEAR },
	[JK_MODULE_CONV_KERNELS] = { "conv.conv", NULL, "shortconv.conv",
	    HIDDEN, CONV_KERNEL, ALWAYS, NEVER, JK_NO_GROUP, SHORT_CONV },
	[JK_MODULE_PER_LAYER_POST_NORM] = { "post_per_layer_input_norm", NULL,
	    "post_norm",
	    HIDDEN, NO_DIM, HAS_PER_LAYER, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_LAYER_SCALE] = { "layer_scalar", NULL,
	    "layer_output_scale.weight",
	    ONE, NO_DIM, HAS_PER_LAYER, NEVER, JK_NO_GROUP, EACH_LAYER },

	[JK_MODULE_EMBEDDING] = { "model.embed_tokens", NULL, "token_embd",
	    VOCAB, HIDDEN, ALWAYS, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_POSITIONS] = { "model.embed_positions", NULL,
	    "position_embd",
	    POSITIONS, HIDDEN, LEARNED_POSITIONS, NEVER, JK_NO_GROUP,
	    EACH_LAYER },
	[JK_MODULE_NORM] = { "model.norm", NULL, "output_norm",
	    HIDDEN, NO_DIM, ALWAYS, LAYER_NORM, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_HEAD] = { "lm_head", NULL, "output",
	    VOCAB, HIDDEN, OWN_HEAD, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_PER_LAYER_EMBEDDING] = { "model.embed_tokens_per_layer",
	    NULL, "per_layer_token_embd",
	    VOCAB, ALL_PER_LAYER, HAS_PER_LAYER, NEVER, JK_NO_GROUP,
	    EACH_LAYER },
	[JK_MODULE_PER_LAYER_PROJECTION] = {
	    "model.per_layer_model_projection", NULL, "per_layer_model_proj",
	    ALL_PER_LAYER, HIDDEN, HAS_PER_LAYER, NEVER, JK_NO_GROUP,
	    EACH_LAYER },
	[JK_MODULE_PER_LAYER_NORM] = { "model.per_layer_projection_norm",
	    NULL, "per_layer_proj_norm",
	    PER_LAYER, NO_DIM, HAS_PER_LAYER, NEVER, JK_NO_GROUP,
	    EACH_LAYER },
};

/* Paths that a naming has of its own. */
static const char *const own_paths[JK_N_NAMINGS][JK_N_MODULES] = {
	[JK_NAMING_GPT2] = {
		[JK_MODULE_QKV] = "attn.c_attn",
		[JK_MODULE_O] = "attn.c_proj",
		[JK_MODULE_UP] = "mlp.c_fc",
		[JK_MODULE_DOWN] = "mlp.c_proj",
		[JK_MODULE_ATTENTION_NORM] = "ln_1",
		[JK_MODULE_MLP_NORM] = "ln_2",
		[JK_MODULE_EMBEDDING] = "transformer.wte",
		[JK_MODULE_POSITIONS] = "transformer.wpe",
		[JK_MODULE_NORM] = "transformer.ln_f",
		[JK_MODULE_HEAD] = "lm_head",
	},
	[JK_NAMING_HUNYUAN] = {
		[JK_MODULE_Q_NORM] = "self_attn.query_layernorm",
		[JK_MODULE_K_NORM] = "self_attn.key_layernorm",
	},
	[JK_NAMING_LFM2] = {
		[JK_MODULE_O] = "self_attn.out_proj",
		[JK_MODULE_GATE] = "feed_forward.w1",
		[JK_MODULE_UP] = "feed_forward.w3",
		[JK_MODULE_DOWN] = "feed_forward.w2",
		[JK_MODULE_Q_NORM] = "self_attn.q_layernorm",
		[JK_MODULE_K_NORM] = "self_attn.k_layernorm",
		[JK_MODULE_ATTENTION_NORM] = "operator_norm",
		[JK_MODULE_MLP_NORM] = "ffn_norm",
		[JK_MODULE_NORM] = "model.embedding_norm",
	},
};

static const struct {
	const char *prefix, *layers;
} namings[JK_N_NAMINGS] = {
	[JK_NAMING_LLAMA] = { "model.", "layers." },
	[JK_NAMING_GPT2] = { "transformer.", "h." },
	[JK_NAMING_HUNYUAN] = { "model.", "layers." },
	[JK_NAMING_LFM2] = { "model.", "layers." },
};

static uint64_t
size(const struct jk_config *c, uint32_t layer, enum dim dim)
{
	const uint64_t head_dim = jk_layer_head_dim(c, layer);

	switch (dim) {
	case HIDDEN:
		return c->hidden_size;
	case INNER:
		return jk_layer_intermediate_size(c, layer);
	case TWO_INNER:
		return 2 * size(c, layer, INNER);
	case Q_HEADS:
		return c->n_heads * head_dim;
	case Q_OUTPUTS:
		return c->n_heads * head_dim *
		    (c->gated_attention ? 2 : 1);
	case KV_HEADS:
		return c->n_kv_heads * head_dim;
	case QKV_HEADS:
		return (c->n_heads + 2 * (uint64_t)c->n_kv_heads) *
		    head_dim;
	case HEAD_DIM:
		return head_dim;
	case Q_NORMED:
		return size(c, layer, c->wide_qk_norm ? Q_HEADS : HEAD_DIM);
	case K_NORMED:
		return size(c, layer, c->wide_qk_norm ? KV_HEADS : HEAD_DIM);
	case VOCAB:
		return c->vocab_size;
	case POSITIONS:
		return c->max_position_embeddings;
	case LINEAR_QKV:
		return 2ull * c->linear.n_k_heads * c->linear.key_dim +
		    size(c, layer, LINEAR_VALUES);
	case LINEAR_VALUES:
		return (uint64_t)c->linear.n_v_heads * c->linear.value_dim;
	case LINEAR_HEADS:
		return c->linear.n_v_heads;
	case LINEAR_VALUE_DIM:
		return c->linear.value_dim;
	case LINEAR_KERNEL:
		return c->linear.kernel;
	case CONV_IN:
		return 3ull * c->hidden_size;
	case CONV_KERNEL:
		return c->conv_kernel;
	case PER_LAYER:
		return c->per_layer_size;
	case ALL_PER_LAYER:
		return (uint64_t)c->n_layers * c->per_layer_size;
	case ONE:
		return 1;
	case NO_DIM:
		break;
	}
	return 0;
}

static bool
holds(const struct jk_config *c, enum condition condition)
{
	switch (condition) {
	case SPLIT_QKV:
		return !c->fused_qkv;
	case FUSED_QKV:
		return c->fused_qkv;
	case QKV_BIAS:
		return c->qkv_bias;
	case OWN_GATE:
		return !c->ungated && !c->fused_gate_up;
	case OWN_UP:
		return !c->fused_gate_up;
	case FUSED_GATE_UP:
		return c->fused_gate_up;
	case PROJ_BIAS:
		return c->proj_bias;
	case LAYER_NORM:
		return c->layer_norm;
	case LEARNED_POSITIONS:
		return c->learned_positions;
	case QK_NORM:
		return c->qk_norm;
	case PRE_NORMS:
		return !c->no_pre_norms;
	case POST_NORMS:
		return c->post_norms;
	case OWN_HEAD:
		return !c->tie_word_embeddings;
	case HAS_PER_LAYER:
		return c->per_layer_size != 0;
	case NEVER:
		return false;
	case ALWAYS:
		break;
	}
	return true;
}

const char *
jk_module_path(const struct jk_config *c, enum jk_module module)
{
	const struct row *row = &table[module];
	const char *own = own_paths[c->family->naming][module];

	if (own)
		return own;
	return c->post_norms && row->post_path ? row->post_path : row->path;
}

const char *
jk_module_gguf(const struct jk_config *c, enum jk_module module)
{
	const struct jk_family *f = c->family;

	if (module == JK_MODULE_MLP_NORM && f->gguf_mlp_norm)
		return f->gguf_mlp_norm;
	if (module == JK_MODULE_NORM && f->gguf_norm)
		return f->gguf_norm;
	return table[module].gguf;
}

const char *
jk_module_prefix(const struct jk_config *c)
{
	return namings[c->family->naming].prefix;
}

const char *
jk_module_layers(const struct jk_config *c)
{
	return namings[c->family->naming].layers;
}

static bool
is_among(const struct jk_config *c, uint32_t layer, enum layers layers)
{
	const enum jk_layer_kind kind = c->layer_kinds[layer];

	switch (layers) {
	case LINEAR:
		return kind == JK_LAYER_LINEAR_ATTENTION;
	case SHORT_CONV:
		return kind == JK_LAYER_SHORT_CONV;
	case OWN_KV:
		return is_among(c, layer, ATTENTION) &&
		    jk_layer_kv(c, layer) == layer;
	case ATTENTION:
		return kind == JK_LAYER_FULL_ATTENTION ||
		    kind == JK_LAYER_SLIDING_ATTENTION;
	case EACH_LAYER:
		break;
	}
	return true;
}

bool
jk_layer_has_module(const struct jk_config *c, uint32_t layer,
    enum jk_module module)
{
	return holds(c, table[module].had) &&
	    is_among(c, layer, table[module].layers);
}

bool
jk_module_is_had(const struct jk_config *c, enum jk_module module)
{
	uint32_t l;

	for (l = 0; l < c->n_layers; l++)
		if (jk_layer_has_module(c, l, module))
			return true;
	return false;
}

bool
jk_module_has_bias(const struct jk_config *c, enum jk_module module)
{
	return holds(c, table[module].bias);
}

void
jk_module_shape(const struct jk_config *c, uint32_t layer,
    enum jk_module module, uint64_t *rows, uint64_t *columns)
{
	*rows = size(c, layer, table[module].rows);
	*columns = size(c, layer, table[module].columns);
}

/* --- projections */

const char *
jk_proj_name(const struct jk_config *c, enum jk_module proj)
{
	const char *path = jk_module_path(c, proj);
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

unsigned
jk_proj_all(const struct jk_config *c)
{
	unsigned bits = 0;
	int p;

	for (p = 0; p < JK_N_PROJS; p++)
		if (jk_module_is_had(c, (enum jk_module)p))
			bits |= 1u << p;
	return bits;
}

static bool
is(const char *name, size_t n, const char *want)
{
	return n == strlen(want) && memcmp(name, want, n) == 0;
}

unsigned
jk_proj_parse(const struct jk_config *c, const char *name, size_t n)
{
	unsigned all = jk_proj_all(c), bits = 0;
	char full[32];
	int p;

	snprintf(full, sizeof full, "%.*s_proj", n < 16 ? (int)n : 0, name);
	for (p = 0; p < JK_N_PROJS; p++) {
		enum jk_module proj = (enum jk_module)p;
		const char *own = jk_proj_name(c, proj);

		if (all & 1u << p && (is(name, n, own) ||
		    is(name, n, jk_module_path(c, proj)) ||
		    (c->family->naming != JK_NAMING_GPT2 &&
		    strcmp(full, own) == 0)))
			bits |= 1u << p;
	}
	return bits;
}

const char *
jk_proj_target(const struct jk_config *c, enum jk_module proj,
    unsigned targets)
{
	const char *name = jk_proj_name(c, proj);

	return jk_proj_parse(c, name, strlen(name)) & ~targets ?
	    jk_module_path(c, proj) : name;
}

enum jk_group
jk_proj_group(enum jk_module proj)
{
	return table[proj].group;
}
