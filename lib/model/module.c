#include "model/module.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum dim { NO_DIM, HIDDEN, INNER, Q_HEADS, Q_OUTPUTS, KV_HEADS, HEAD_DIM, VOCAB,
	LINEAR_QKV, LINEAR_VALUES, LINEAR_HEADS, LINEAR_VALUE_DIM,
	LINEAR_KERNEL };

/* Which configurations have a module, or its bias. */
enum condition { ALWAYS, NEVER, QKV_BIAS, QK_NORM, POST_NORMS, OWN_HEAD };

/* Which layers have it. */
enum layers { EACH_LAYER, ATTENTION, LINEAR };

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
	    Q_OUTPUTS, HIDDEN, ALWAYS, QKV_BIAS, JK_GROUP_QKV, ATTENTION },
	[JK_MODULE_K] = { "self_attn.k_proj", NULL, "attn_k",
	    KV_HEADS, HIDDEN, ALWAYS, QKV_BIAS, JK_GROUP_QKV, ATTENTION },
	[JK_MODULE_V] = { "self_attn.v_proj", NULL, "attn_v",
	    KV_HEADS, HIDDEN, ALWAYS, QKV_BIAS, JK_GROUP_QKV, ATTENTION },
	[JK_MODULE_O] = { "self_attn.o_proj", NULL, "attn_output",
	    HIDDEN, Q_HEADS, ALWAYS, NEVER, JK_GROUP_O, ATTENTION },
	[JK_MODULE_GATE] = { "mlp.gate_proj", NULL, "ffn_gate",
	    INNER, HIDDEN, ALWAYS, NEVER, JK_GROUP_GATE_UP, EACH_LAYER },
	[JK_MODULE_UP] = { "mlp.up_proj", NULL, "ffn_up",
	    INNER, HIDDEN, ALWAYS, NEVER, JK_GROUP_GATE_UP, EACH_LAYER },
	[JK_MODULE_DOWN] = { "mlp.down_proj", NULL, "ffn_down",
	    HIDDEN, INNER, ALWAYS, NEVER, JK_GROUP_DOWN, EACH_LAYER },
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

	[JK_MODULE_ATTENTION_NORM] = { "input_layernorm", NULL, "attn_norm",
	    HIDDEN, NO_DIM, ALWAYS, NEVER, JK_NO_GROUP, EACH_LAYER },
	/* a name for two things: without post_norms the norm before the MLP */
	[JK_MODULE_ATTENTION_POST_NORM] = { "post_attention_layernorm", NULL,
	    "post_attention_norm",
	    HIDDEN, NO_DIM, POST_NORMS, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_Q_NORM] = { "self_attn.q_norm", NULL, "attn_q_norm",
	    HEAD_DIM, NO_DIM, QK_NORM, NEVER, JK_NO_GROUP, ATTENTION },
	[JK_MODULE_K_NORM] = { "self_attn.k_norm", NULL, "attn_k_norm",
	    HEAD_DIM, NO_DIM, QK_NORM, NEVER, JK_NO_GROUP, ATTENTION },
	[JK_MODULE_MLP_NORM] = { "post_attention_layernorm",
	    "pre_feedforward_layernorm", "ffn_norm",
	    HIDDEN, NO_DIM, ALWAYS, NEVER, JK_NO_GROUP, EACH_LAYER },
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

	[JK_MODULE_EMBEDDING] = { "model.embed_tokens", NULL, "token_embd",
	    VOCAB, HIDDEN, ALWAYS, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_NORM] = { "model.norm", NULL, "output_norm",
	    HIDDEN, NO_DIM, ALWAYS, NEVER, JK_NO_GROUP, EACH_LAYER },
	[JK_MODULE_HEAD] = { "lm_head", NULL, "output",
	    VOCAB, HIDDEN, OWN_HEAD, NEVER, JK_NO_GROUP, EACH_LAYER },
};

/* As the files of transformers have a layer's. */
static const enum jk_module layer_order[JK_N_LAYER_MODULES] = {
	JK_MODULE_ATTENTION_NORM, JK_MODULE_Q, JK_MODULE_K, JK_MODULE_V,
	JK_MODULE_Q_NORM, JK_MODULE_K_NORM, JK_MODULE_O,
	JK_MODULE_LINEAR_QKV, JK_MODULE_LINEAR_Z, JK_MODULE_LINEAR_B,
	JK_MODULE_LINEAR_A, JK_MODULE_LINEAR_CONV, JK_MODULE_LINEAR_DT_BIAS,
	JK_MODULE_LINEAR_A_LOG, JK_MODULE_LINEAR_NORM, JK_MODULE_LINEAR_OUT,
	JK_MODULE_ATTENTION_POST_NORM, JK_MODULE_MLP_NORM, JK_MODULE_GATE,
	JK_MODULE_UP, JK_MODULE_DOWN, JK_MODULE_MLP_POST_NORM
};

static uint64_t
size(const struct jk_config *c, enum dim dim)
{
	switch (dim) {
	case HIDDEN:
		return c->hidden_size;
	case INNER:
		return c->intermediate_size;
	case Q_HEADS:
		return (uint64_t)c->n_heads * c->head_dim;
	case Q_OUTPUTS:
		return (uint64_t)c->n_heads * c->head_dim *
		    (c->gated_attention ? 2 : 1);
	case KV_HEADS:
		return (uint64_t)c->n_kv_heads * c->head_dim;
	case HEAD_DIM:
		return c->head_dim;
	case VOCAB:
		return c->vocab_size;
	case LINEAR_QKV:
		return 2ull * c->linear.n_k_heads * c->linear.key_dim +
		    size(c, LINEAR_VALUES);
	case LINEAR_VALUES:
		return (uint64_t)c->linear.n_v_heads * c->linear.value_dim;
	case LINEAR_HEADS:
		return c->linear.n_v_heads;
	case LINEAR_VALUE_DIM:
		return c->linear.value_dim;
	case LINEAR_KERNEL:
		return c->linear.kernel;
	case NO_DIM:
		break;
	}
	return 0;
}

static bool
holds(const struct jk_config *c, enum condition condition)
{
	switch (condition) {
	case QKV_BIAS:
		return c->qkv_bias;
	case QK_NORM:
		return c->qk_norm;
	case POST_NORMS:
		return c->post_norms;
	case OWN_HEAD:
		return !c->tie_word_embeddings;
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

	return c->post_norms && row->post_path ? row->post_path : row->path;
}

static bool
is_of_kind(enum layers layers, enum jk_layer_kind kind)
{
	return layers == EACH_LAYER ||
	    (layers == LINEAR) == (kind == JK_LAYER_LINEAR_ATTENTION);
}

bool
jk_layer_has_module(const struct jk_config *c, uint32_t layer,
    enum jk_module module)
{
	return holds(c, table[module].had) && is_of_kind(table[module].layers,
	    c->layer_kinds[layer]);
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
jk_module_shape(const struct jk_config *c, enum jk_module module,
    uint64_t *rows, uint64_t *columns)
{
	*rows = size(c, table[module].rows);
	*columns = size(c, table[module].columns);
}

const char *
jk_proj_name(enum jk_module proj)
{
	return strrchr(table[proj].path, '.') + 1;
}

enum jk_group
jk_proj_group(enum jk_module proj)
{
	return table[proj].group;
}

/* --- weights */

static bool
is_in_layer(enum jk_module module)
{
	return module < JK_N_LAYER_MODULES;
}

/* What stands behind a module's name. */
static const char *
ending(struct jk_weight_id id)
{
	return id.is_bias ? ".bias" : id.module == JK_MODULE_LINEAR_A_LOG ||
	    id.module == JK_MODULE_LINEAR_DT_BIAS ? "" : ".weight";
}

void
jk_weight_name(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES])
{
	const char *path = jk_module_path(c, id.module);

	if (is_in_layer(id.module))
		snprintf(out, JK_WEIGHT_NAME_BYTES, "model.layers.%u.%s%s",
		    id.layer, path, ending(id));
	else
		snprintf(out, JK_WEIGHT_NAME_BYTES, "%s%s", path, ending(id));
}

bool
jk_weight_parse(const struct jk_config *c, const char *name,
    struct jk_weight_id *id)
{
	char own[JK_WEIGHT_NAME_BYTES];
	unsigned layer = 0;
	int m, bias;

	(void)sscanf(name, "model.layers.%u.", &layer);
	for (m = 0; m < JK_N_MODULES; m++)
		for (bias = 0; bias < 2; bias++) {
			*id = (struct jk_weight_id){ (enum jk_module)m,
				is_in_layer((enum jk_module)m) ? layer : 0,
				bias };
			if (id->layer >= c->n_layers ||
			    !jk_layer_has_module(c, id->layer, id->module) ||
			    (bias && !jk_module_has_bias(c, id->module)))
				continue;
			jk_weight_name(c, *id, own);
			if (strcmp(own, name) == 0)
				return true;
		}
	return false;
}

void
jk_weight_gguf_name(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES])
{
	const char *name = id.module == JK_MODULE_MLP_NORM &&
	    c->family->gguf_mlp_norm ? c->family->gguf_mlp_norm :
	    table[id.module].gguf;

	if (is_in_layer(id.module))
		snprintf(out, JK_WEIGHT_NAME_BYTES, "blk.%u.%s%s", id.layer,
		    name, ending(id));
	else
		snprintf(out, JK_WEIGHT_NAME_BYTES, "%s%s", name, ending(id));
}

struct each {
	const struct jk_config *config;
	int (*use)(void *ctx, struct jk_weight_id id, const char *name,
	    unsigned n_dims, const uint64_t *shape);
	void *ctx;
};

/* A module's weight and bias, where there are any. */
static int
use_module(const struct each *e, enum jk_module module, uint32_t layer)
{
	struct jk_weight_id id = { module, layer, false };
	char name[JK_WEIGHT_NAME_BYTES];
	uint64_t shape[3];
	unsigned n_dims;
	int r;

	if (!jk_layer_has_module(e->config, layer, module))
		return 0;
	jk_module_shape(e->config, module, &shape[0], &shape[1]);
	n_dims = shape[1] ? 2 : 1;
	if (module == JK_MODULE_LINEAR_CONV) {
		shape[2] = shape[1];
		shape[1] = 1;
		n_dims = 3;
	}
	jk_weight_name(e->config, id, name);
	r = e->use(e->ctx, id, name, n_dims, shape);
	if (r || !jk_module_has_bias(e->config, module))
		return r;
	id.is_bias = true;
	shape[1] = 0;
	jk_weight_name(e->config, id, name);
	return e->use(e->ctx, id, name, 1, shape);
}

int
jk_weights_each(const struct jk_config *config, int (*use)(void *ctx,
    struct jk_weight_id id, const char *name, unsigned n_dims,
    const uint64_t *shape), void *ctx)
{
	const struct each e = { config, use, ctx };
	int r = use_module(&e, JK_MODULE_EMBEDDING, 0), m;
	uint32_t l;

	for (l = 0; !r && l < config->n_layers; l++)
		for (m = 0; !r && m < JK_N_LAYER_MODULES; m++)
			r = use_module(&e, layer_order[m], l);
	if (!r)
		r = use_module(&e, JK_MODULE_NORM, 0);
	return r ? r : use_module(&e, JK_MODULE_HEAD, 0);
}

/* --- LoRA */

static const struct {
	const char *peft, *gguf;
} lora_kinds[JK_N_LORA_KINDS] = {
	[JK_LORA_A] = { "lora_A", "lora_a" },
	[JK_LORA_B] = { "lora_B", "lora_b" },
};

const char *
jk_lora_kind_name(enum jk_lora_kind kind)
{
	return lora_kinds[kind].peft;
}

const char *
jk_lora_variant_member(enum jk_lora_variant variant)
{
	static const char *const members[JK_N_LORA_VARIANTS] = {
		[JK_LORA_RSLORA] = "use_rslora"
	};

	return members[variant];
}

float
jk_lora_scale(enum jk_lora_variant variant, double alpha, uint32_t rank)
{
	return (float)(alpha / (variant == JK_LORA_RSLORA ? sqrt(rank) :
	    rank));
}

void
jk_lora_name(uint32_t layer, enum jk_module proj, enum jk_lora_kind kind,
    char out[JK_WEIGHT_NAME_BYTES])
{
	snprintf(out, JK_WEIGHT_NAME_BYTES,
	    "base_model.model.model.layers.%u.%s.%s.weight", layer,
	    table[proj].path, lora_kinds[kind].peft);
}

void
jk_lora_gguf_name(uint32_t layer, enum jk_module proj, enum jk_lora_kind kind,
    char out[JK_WEIGHT_NAME_BYTES])
{
	snprintf(out, JK_WEIGHT_NAME_BYTES, "blk.%u.%s.weight.%s", layer,
	    table[proj].gguf, lora_kinds[kind].gguf);
}
