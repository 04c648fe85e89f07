#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/config_keys.h"
#include "model/config_reader.h"

/* eos_token_id of config.json or generation_config.json: one or a list. */
static void
add_end_ids(struct jk_cfg *r, struct jk_config *c, const json_t *json)
{
	const json_t *v = jk_cfg_member(json, "eos_token_id"), *one;
	size_t i, n = json_is_array(v) ? json_array_size(v) : v != NULL;

	for (i = 0; i < n && !r->failed; i++) {
		int64_t id;

		one = json_is_array(v) ? json_array_get(v, i) : v;
		id = jk_cfg_id(r, one, "eos_token_id");
		if (r->failed || jk_config_add_end_id(c, id, r->err) < 0) {
			r->failed = true;
			return;
		}
	}
}

int
jk_config_ids_from_json(struct jk_config *c, const json_t *json,
    const json_t *generation, struct jk_err *err)
{
	struct jk_cfg reader = { .json = jk_config_text_part(json),
		.whole = json, .err = err }, *r = &reader;
	static const char *const keys[] = { "bos_token_id", "pad_token_id" };
	int64_t *const ids[] = { &c->bos_id, &c->pad_id };
	const json_t *v;
	int i;

	for (i = 0; i < 2; i++) {
		v = jk_cfg_member(r->json, keys[i]);
		if (!v)
			v = jk_cfg_member(r->whole, keys[i]);
		if (!v)
			v = jk_cfg_member(generation, keys[i]);
		/* some published files hold -1 for none */
		if (json_is_integer(v) && json_integer_value(v) == -1)
			v = NULL;
		*ids[i] = v ? jk_cfg_id(r, v, keys[i]) : -1;
	}
	c->unk_id = -1;
	add_end_ids(r, c, r->whole);
	add_end_ids(r, c, r->json);
	c->eos_id = c->n_end_ids ? (int64_t)c->end_ids[0] : -1;
	add_end_ids(r, c, generation);
	if (c->eos_id < 0 && c->n_end_ids)
		c->eos_id = c->end_ids[0];
	return r->failed ? -1 : 0;
}

/* layer_types, where it is there: layers of full attention and of `other`. */
static void
read_kinds(struct jk_cfg *r, struct jk_config *c, enum jk_layer_kind other)
{
	const json_t *types = jk_cfg_member(r->json, "layer_types");
	const char *name;
	uint32_t i;

	if (types && json_array_size(types) != c->n_layers)
		jk_cfg_fail(r, "bad", "layer_types");
	for (i = 0; types && i < c->n_layers; i++) {
		enum jk_layer_kind *kind = &c->layer_kinds[i];

		name = json_string_value(json_array_get(types, i));
		if (!name || !jk_layer_kind_parse(name, kind) ||
		    (*kind != JK_LAYER_FULL_ATTENTION && *kind != other))
			jk_cfg_fail(r, "unknown kind of attention:",
			    name ? name : "?");
	}
}

/* Layers of linear attention: which, and what of. */
static void
read_linear(struct jk_cfg *r, struct jk_config *c)
{
	if (!c->family->has_linear)
		return;
	c->linear.n_k_heads = jk_cfg_size(r, "linear_num_key_heads", 16,
	    1 << 10);
	c->linear.n_v_heads = jk_cfg_size(r, "linear_num_value_heads", 32,
	    1 << 10);
	c->linear.key_dim = jk_cfg_size(r, "linear_key_head_dim", 128,
	    JK_MAX_LINEAR_DIM);
	c->linear.value_dim = jk_cfg_size(r, "linear_value_head_dim", 128,
	    JK_MAX_LINEAR_DIM);
	c->linear.kernel = jk_cfg_size(r, "linear_conv_kernel_dim", 4,
	    JK_MAX_CONV_KERNEL);
	jk_config_linear_but_every(c, jk_cfg_size(r, "full_attention_interval",
	    4, INT32_MAX));
	read_kinds(r, c, JK_LAYER_LINEAR_ATTENTION);
	if (!jk_cfg_bool(r, "attn_output_gate", true))
		jk_cfg_fail(r, "not supported: take a model with",
		    "attn_output_gate");
}

/*
 * How wide LFM2's feed-forward part is: its files may say that of one without a
 * gate, from which this follows (Lfm2MLP of transformers).
 */
static void
read_conv_mlp(struct jk_cfg *r, struct jk_config *c)
{
	const double most = 1 << 24;
	double size, factor, multiple;

	size = jk_cfg_member(r->json, "block_ff_dim") ?
	    jk_cfg_size(r, "block_ff_dim", 0, 1 << 24) : c->intermediate_size;
	if (jk_cfg_bool(r, "block_auto_adjust_ff_dim", true)) {
		size = floor(2 * size / 3);
		factor = jk_cfg_real(r, r->json, "block_ffn_dim_multiplier",
		    1);
		multiple = jk_cfg_size(r, "block_multiple_of", 256, 1 << 24);
		/* null is not 1: nothing is rounded then */
		if (!json_is_null(json_object_get(r->json,
		    "block_ffn_dim_multiplier")))
			size = ceil(floor(factor * size) / multiple) *
			    multiple;
	}
	if (!(size >= 1 && size <= most)) {
		jk_cfg_fail(r, "bad", "block_ffn_dim_multiplier");
		size = 1;
	}
	c->intermediate_size = (uint32_t)size;
}

/* Layers of short convolutions: which, and over how many tokens. */
static void
read_conv(struct jk_cfg *r, struct jk_config *c)
{
	const json_t *full = jk_cfg_member(r->json, "full_attn_idxs");
	uint32_t i;
	size_t k;

	if (!c->family->has_conv)
		return;
	c->conv_kernel = jk_cfg_size(r, "conv_L_cache", 3, JK_MAX_CONV_KERNEL);
	jk_cfg_refuse(r, "conv_bias");
	for (i = 0; full && i < c->n_layers; i++) {
		c->layer_kinds[i] = JK_LAYER_SHORT_CONV;
		for (k = 0; k < json_array_size(full); k++)
			if (json_integer_value(json_array_get(full, k)) == i)
				c->layer_kinds[i] = JK_LAYER_FULL_ATTENTION;
	}
	read_kinds(r, c, JK_LAYER_SHORT_CONV);
	c->tie_word_embeddings = jk_cfg_bool(r, "tie_embedding",
	    c->tie_word_embeddings);
	read_conv_mlp(r, c);
}

/* Which layers look through the window, and how wide it is. */
static void
read_window(struct jk_cfg *r, struct jk_config *c)
{
	const enum jk_window_rule rule = c->family->window;
	uint32_t i, pattern = 0, first = 0;
	bool slides;

	if (rule == JK_WINDOW_NONE)
		return;
	/* absent is the default, null is none */
	if (json_is_null(json_object_get(r->json, "sliding_window")))
		return;
	if (rule == JK_WINDOW_STATED &&
	    !jk_cfg_member(r->json, "sliding_window"))
		return;
	if (rule == JK_WINDOW_REFUSED) {
		jk_cfg_fail(r, "not supported: layers without RoPE between "
		    "those with a window, as EXAONE 4 32B has them; take the "
		    "1.2B, which has null for", "sliding_window");
		return;
	}
	if (rule == JK_WINDOW_UPPER &&
	    !jk_cfg_bool(r, "use_sliding_window", false))
		return;
	c->sliding_window = jk_cfg_limit(r, "sliding_window",
	    c->family->absent.sliding_window ?
	    c->family->absent.sliding_window : 4096, INT32_MAX);
	if (rule == JK_WINDOW_UPPER) {
		const json_t *v = jk_cfg_member(r->json, "max_window_layers");

		first = v && json_is_integer(v) && json_integer_value(v) >= 0
		    && json_integer_value(v) < UINT32_MAX ?
		    (uint32_t)json_integer_value(v) : 28;
	}
	if (rule == JK_WINDOW_PERIOD)
		pattern = jk_cfg_size(r, jk_cfg_member(r->json,
		    "sliding_window_pattern") ? "sliding_window_pattern" :
		    "_sliding_window_pattern", c->family->window_period,
		    INT32_MAX);
	for (i = 0; i < c->n_layers; i++) {
		slides = rule == JK_WINDOW_PERIOD ? (i + 1) % pattern != 0 :
		    i >= first;
		c->layer_kinds[i] = slides ? JK_LAYER_SLIDING_ATTENTION :
		    JK_LAYER_FULL_ATTENTION;
	}
	read_kinds(r, c, JK_LAYER_SLIDING_ATTENTION);
	if (c->family->has_per_layer)	/* whatever is said of it */
		c->layer_kinds[c->n_layers - 1] = JK_LAYER_FULL_ATTENTION;
}

/* What one layer has otherwise: the size of its heads, its key-value heads. */
static void
read_heads_of(struct jk_cfg *r, struct jk_config *c, uint32_t layer,
    const json_t *own)
{
	uint32_t *dim = c->layer_kinds[layer] == JK_LAYER_FULL_ATTENTION ?
	    &c->full_head_dim : &c->head_dim;
	json_int_t v = c->head_dim;
	const char *key;
	json_t *value;
	bool good = true;

	json_object_foreach((json_t *)(uintptr_t)own, key, value)
		if (strcmp(key, "head_dim") == 0)
			v = json_integer_value(value);
		else
			good = good && strcmp(key, "num_key_value_heads") == 0
			    && json_integer_value(value) == c->n_kv_heads;
	if (!*dim && v > 0 && v <= JK_MAX_HEAD_DIM)
		*dim = (uint32_t)v;	/* of all of its kind */
	if (!good || v != *dim)
		jk_cfg_fail(r, "not supported (take Gemma 4 E2B or E4B): "
		    "sizes of layers other than those of heads, one for each "
		    "kind of attention, in",
		    "per_layer_config");
}

/*
 * Heads of layers of full attention: by a member of their own, or as
 * transformers 5 writes it, by what each layer has otherwise.
 */
static void
read_full_heads(struct jk_cfg *r, struct jk_config *c)
{
	const json_t *list = jk_cfg_member(r->json, "per_layer_config");
	char key[16];
	uint32_t i;

	if (!list)
		c->full_head_dim = jk_cfg_size(r, "global_head_dim", 512,
		    JK_MAX_HEAD_DIM);
	for (i = 0; list && i < c->n_layers; i++) {
		snprintf(key, sizeof key, "%u", i);
		read_heads_of(r, c, i, jk_cfg_member(list, key));
	}
}

/* Per-layer embeddings, and which layers share keys and values. */
static void
read_per_layer(struct jk_cfg *r, struct jk_config *c)
{
	static const char shared[] = "num_kv_shared_layers";
	const json_t *size = json_object_get(r->json,
	    "hidden_size_per_layer_input");

	if (!c->family->has_per_layer)
		return;
	if (jk_cfg_bool(r, "enable_moe_block", false))
		jk_cfg_fail(r, "models with experts are not supported: take "
		    "Gemma 4 E2B or E4B; it has", "enable_moe_block");
	if (jk_cfg_bool(r, "attention_k_eq_v", false) || json_is_null(size) ||
	    (size && json_integer_value(size) == 0)) {
		jk_cfg_fail(r, "not supported: Gemma 4 without per-layer "
		    "embeddings; take E2B or E4B, which have",
		    "hidden_size_per_layer_input");
		return;
	}
	c->per_layer_size = jk_cfg_size(r, "hidden_size_per_layer_input", 256,
	    1 << 16);
	if (jk_cfg_size(r, "vocab_size_per_layer_input", 262144, 1 << 26) !=
	    c->vocab_size)
		jk_cfg_fail(r, "not vocab_size:",
		    "vocab_size_per_layer_input");
	/* absent, null and 0 are none */
	if (json_integer_value(json_object_get(r->json, shared)) != 0)
		c->n_shared_kv = jk_cfg_size(r, shared, 0, c->n_layers);
	if (jk_cfg_bool(r, "use_double_wide_mlp", false))
		c->shared_intermediate_size = 2 * c->intermediate_size;
	read_full_heads(r, c);
}

static void
read_activation(struct jk_cfg *r, struct jk_config *c)
{
	const char *key = c->family->activation_key;
	const char *name = key ? jk_json_get_string(r->json, key) : NULL;

	/* without one it is the family's */
	if (!name)
		return;
	if (!c->ungated &&
	    (strcmp(name, "silu") == 0 || strcmp(name, "swish") == 0))
		c->activation = JK_ACTIVATION_SILU;
	/* two names of one function */
	else if (strcmp(name, "gelu_pytorch_tanh") == 0 ||
	    strcmp(name, "gelu_new") == 0)
		c->activation = JK_ACTIVATION_GELU_TANH;
	else if (c->ungated)
		jk_cfg_fail(r, "the feed-forward part is made for gelu_new "
		    "alone, not for", name);
	else
		jk_cfg_fail(r, "unsupported activation; take a model that "
		    "jk-info(1) names, not one with", name);
}

/* Sizes and the shape of attention. */
static void
read_sizes(struct jk_cfg *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;
	const struct jk_config_keys *k = &jk_config_keys[f->naming];
	/* GPT-2's one matrix is of equal thirds, whatever else is written */
	const bool thirds = f->naming == JK_NAMING_GPT2;
	double scalar = f->absent.query_pre_attn_scalar;
	uint32_t head_dim;

	c->hidden_size = jk_cfg_size(r, k->hidden_size, f->absent.hidden_size,
	    1 << 20);
	c->intermediate_size = jk_cfg_size(r, k->intermediate_size,
	    f->absent.n_inner ? f->absent.n_inner * c->hidden_size :
	    f->absent.intermediate_size, 1 << 24);
	c->n_layers = jk_cfg_size(r, k->n_layers, f->absent.n_layers,
	    JK_MAX_LAYERS);
	c->n_heads = jk_cfg_size(r, k->n_heads, f->absent.n_heads, 1 << 16);
	c->n_kv_heads = thirds ? c->n_heads : jk_cfg_size(r,
	    "num_key_value_heads", f->absent.n_kv_heads ? f->absent.n_kv_heads
	    : c->n_heads, 1 << 16);
	head_dim = f->absent.head_dim ? f->absent.head_dim :
	    c->hidden_size < c->n_heads ? 1 : c->hidden_size / c->n_heads;
	c->head_dim = thirds ?
	    jk_cfg_derived(r, "head_dim", head_dim, JK_MAX_HEAD_DIM) :
	    jk_cfg_size(r, "head_dim", head_dim, JK_MAX_HEAD_DIM);
	c->vocab_size = jk_cfg_size(r, "vocab_size", f->absent.vocab_size,
	    1 << 26);
	c->max_position_embeddings = jk_cfg_limit(r, k->max_position_embeddings,
	    f->absent.max_position_embeddings, INT32_MAX);
	c->rms_norm_eps = (float)jk_cfg_real(r, r->json, k->norm_eps,
	    f->absent.norm_eps > 0 ? f->absent.norm_eps : 1e-6);
	c->tie_word_embeddings = r->whole &&
	    jk_cfg_member(r->whole, "tie_word_embeddings") ?
	    json_is_true(jk_cfg_member(r->whole, "tie_word_embeddings")) :
	    jk_cfg_bool(r, "tie_word_embeddings",
	    f->absent.tie_word_embeddings);
	scalar = scalar > 0 ? jk_cfg_real(r, r->json, "query_pre_attn_scalar",
	    scalar) : f->has_per_layer ? 1 : (double)c->head_dim;
	c->attention_scale = (float)(1 / sqrt(scalar));
}

/* Multipliers, where a family has words for them. */
static void
read_multipliers(struct jk_cfg *r, struct jk_config *c)
{
	if (!c->family->has_multipliers)
		return;
	c->embedding_scale = (float)jk_cfg_real(r, r->json,
	    "embedding_multiplier", 1);
	c->attention_scale = (float)jk_cfg_real(r, r->json,
	    "attention_multiplier", 1);
	c->residual_scale = (float)jk_cfg_real(r, r->json,
	    "residual_multiplier", 1);
	c->logits_scale = (float)jk_cfg_real(r, r->json, "logits_scaling", 1);
}

/* A member where null is none: 0. */
static float
read_cap(struct jk_cfg *r, const char *key, double absent)
{
	return json_is_null(json_object_get(r->json, key)) ? 0 :
	    (float)jk_cfg_real(r, r->json, key, absent);
}

/* Caps, where a family has words for them. */
static void
read_caps(struct jk_cfg *r, struct jk_config *c)
{
	const struct jk_family *f = c->family;

	if (f->caps_logits)
		c->logits_cap = read_cap(r, "final_logit_softcapping",
		    f->absent.logits_cap);
	else
		jk_cfg_refuse(r, "final_logit_softcapping");
	if (f->absent.scores_cap > 0)
		c->scores_cap = read_cap(r, "attn_logit_softcapping",
		    f->absent.scores_cap);
	else
		jk_cfg_refuse(r, "attn_logit_softcapping");
}

/* Members that switch on what the decoder has not. */
static void
refuse_others(struct jk_cfg *r, const struct jk_config *c)
{
	const json_t *scaled = jk_cfg_member(r->json, "scale_attn_weights");
	/* of pictures alone */
	const char *both_ways = jk_json_get_string(r->json,
	    "use_bidirectional_attention");

	if (!c->qkv_bias)
		jk_cfg_refuse(r, "attention_bias");
	if (json_is_false(scaled))
		jk_cfg_fail(r, "not supported: take a model without",
		    "scale_attn_weights false");
	jk_cfg_refuse(r, "scale_attn_by_inverse_layer_idx");
	jk_cfg_refuse(r, "add_cross_attention");
	jk_cfg_refuse(r, "mlp_bias");
	if (!both_ways || strcmp(both_ways, "vision") != 0)
		jk_cfg_refuse(r, "use_bidirectional_attention");
	if (jk_cfg_member(r->json, "quantization_config"))
		jk_cfg_fail(r, "weights of other programs' quantization are "
		    "not supported: take the model without it, or a GGUF file "
		    "of it; it has", "quantization_config");
}

const json_t *
jk_config_text_part(const json_t *json)
{
	const char *type = jk_json_get_string(json, "model_type");
	const json_t *text = jk_cfg_member(json, "text_config");
	size_t i;

	for (i = 0; type && json_is_object(text) && i < jk_n_families; i++)
		if (jk_families[i].whole_type &&
		    strcmp(type, jk_families[i].whole_type) == 0)
			return text;
	return json;
}

int
jk_config_from_json(struct jk_config *config, const json_t *json,
    const json_t *generation, struct jk_err *err)
{
	struct jk_cfg r = { .err = err };
	struct jk_config *c = config;
	const char *type = jk_json_get_string(json, "model_type");

	*c = (struct jk_config){ 0 };
	if (!json_is_object(json))
		return jk_fail(err, JK_EDATA, "config.json: not an object");
	r.json = jk_config_text_part(json);
	if (r.json != json) {
		r.whole = json;
		type = jk_json_get_string(r.json, "model_type");
	} else if (jk_cfg_member(json, "text_config")) {
		return jk_fail(err, JK_EDATA, "config.json: a model of more "
		    "than text is not supported (%.100s): take a GGUF file of "
		    "it, which holds the text part alone, or a text-only "
		    "model", type ? type : jk_tr("no model_type"));
	}
	if (!type)
		return jk_fail(err, JK_EDATA, "config.json: no model_type");
	c->family = jk_family_by_type(type);
	if (!c->family && strstr(type, "moe"))
		return jk_fail(err, JK_EDATA, "config.json: models with "
		    "experts are not supported (%.100s): take a dense one of "
		    "its family", type);
	if (!c->family)
		return jk_fail(err, JK_EDATA, "config.json: unknown "
		    "architecture: %s; take a model of one that jk-info(1) "
		    "names", type);
	c->is_part = r.whole && c->family->whole_prefix;
	read_sizes(&r, c);
	jk_config_take_family(c);
	read_multipliers(&r, c);
	read_caps(&r, c);
	refuse_others(&r, c);
	read_activation(&r, c);
	read_window(&r, c);
	read_per_layer(&r, c);
	jk_cfg_read_rope(&r, c);
	read_linear(&r, c);
	read_conv(&r, c);
	if (r.failed || jk_config_ids_from_json(c, json, generation, err) < 0)
		return -1;
	if (jk_config_finish(c, err) < 0)
		return jk_fail_prefix(err, "config.json");
	return 0;
}
