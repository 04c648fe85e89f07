#include <math.h>
#include <stdlib.h>

#include "model/config_keys.h"
#include "model/config_write.h"

/* The real with the fewest digits that rounds to the same f32. */
static json_t *
short_real(float x)
{
	char s[40];
	int digits;

	for (digits = 6; digits < 9; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, (double)x);
		if (strtof(s, NULL) == x)
			break;
	}
	snprintf(s, sizeof s, "%.*g", digits, (double)x);
	return json_real(strtod(s, NULL));
}

/*
 * llama3's scaling from its factors f: between the two bounds 1 / f is
 * linear in the inverse wavelength w, (1 - s) / factor + s with
 * s = (original w - low) / (high - low), and only the ratios of original, low
 * and high matter: low is 1.
 */
static bool
find_llama3(const struct jk_config *c, struct jk_rope_scaling *out)
{
	struct jk_config trial = *c;
	struct jk_rope_scaling *r = &trial.rope_scaling;
	double w[2] = { 0 }, s[2] = { 0 }, slope, factor;
	uint32_t i, half = c->rotary_dim / 2, n = 0;
	struct jk_err err;

	factor = (double)c->rope_factors[half - 1];
	if (!(factor > 1))
		return false;
	for (i = 0; i < half; i++) {
		double f = (double)c->rope_factors[i];

		if (f <= 1 || f >= factor)
			continue;
		/* the first and the last of those between */
		w[n > 0] = pow(c->rope_theta, -2.0 * i / c->rotary_dim) /
		    (2 * 3.14159265358979323846);
		s[n > 0] = (1 / f - 1 / factor) / (1 - 1 / factor);
		n++;
	}
	*r = (struct jk_rope_scaling){ .kind = JK_ROPE_SCALING_LLAMA3,
		.factor = factor, .low_freq_factor = 1, .high_freq_factor = 4,
		.original_max_position_embeddings = 8192 };
	if (n >= 2) {
		slope = (s[0] - s[1]) / (w[0] - w[1]);
		r->high_freq_factor = 1 + 1 / (slope * w[0] - s[0]);
		r->original_max_position_embeddings = slope *
		    (r->high_freq_factor - 1);
		/* f32 hid the last digits */
		r->high_freq_factor = round(r->high_freq_factor * 1000) /
		    1000;
		r->original_max_position_embeddings =
		    round(r->original_max_position_embeddings);
	}
	if (jk_config_finish(&trial, &err) < 0)
		return false;
	for (i = 0; i < half; i++)
		if (!(fabsf(trial.rope_factors[i] - c->rope_factors[i]) <=
		    1e-5f * c->rope_factors[i]))
			return false;
	*out = *r;
	return true;
}

static json_t *
factors(const float *f, uint32_t n)
{
	json_t *v = json_array();
	uint32_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(v, short_real(f[i]));
	return v;
}

/* The three members that transformers 4 has of Phi-3, where they say it all. */
static json_t *
longrope(const struct jk_config *c)
{
	const uint32_t n = c->rotary_dim / 2;
	struct jk_config by_rule = *c;
	json_t *v = json_pack("{s:s,s:o,s:o}", "type", "longrope",
	    "short_factor", factors(c->rope_factors, n), "long_factor",
	    factors(c->rope_long_factors, n));
	struct jk_err err;

	by_rule.rope_scaling.attention_factor = 0;
	if (jk_config_finish(&by_rule, &err) < 0 ||
	    by_rule.rope_attention_factor != c->rope_attention_factor)
		json_object_set_new(v, "attention_factor",
		    short_real(c->rope_attention_factor));
	return v;
}

static json_t *
rope_scaling(const struct jk_config *c, struct jk_err *err)
{
	struct jk_rope_scaling s = c->rope_scaling;

	if (s.kind == JK_ROPE_SCALING_NONE)
		return json_null();
	if (s.kind == JK_ROPE_SCALING_LINEAR)
		return json_pack("{s:s,s:f}", "rope_type", "linear", "factor",
		    s.factor);
	if (s.kind == JK_ROPE_SCALING_YARN)
		return json_pack("{s:s,s:f,s:f,s:f,s:f,s:f,s:b}", "rope_type",
		    "yarn", "factor", s.factor,
		    "original_max_position_embeddings",
		    s.original_max_position_embeddings, "attention_factor",
		    (double)c->rope_attention_factor, "beta_fast", s.beta_fast,
		    "beta_slow", s.beta_slow, "truncate", s.truncate);
	if (s.kind == JK_ROPE_SCALING_LONGROPE)
		return longrope(c);
	if (s.kind == JK_ROPE_SCALING_FACTORS && !find_llama3(c, &s)) {
		jk_fail(err, JK_EDATA, "config.json has no words for the "
		    "factors in rope_freqs.weight");
		return NULL;
	}
	return json_pack("{s:s,s:f,s:f,s:f,s:I}", "rope_type", "llama3",
	    "factor", s.factor, "low_freq_factor", s.low_freq_factor,
	    "high_freq_factor", s.high_freq_factor,
	    "original_max_position_embeddings",
	    (json_int_t)s.original_max_position_embeddings);
}

/* The same of Gemma 4, whose kinds of attention have angles of their own. */
static json_t *
rope_parameters(const struct jk_config *c, struct jk_err *err)
{
	const uint32_t half = c->rotary_dim / 2;
	const float *f = c->rope_factors;
	uint32_t n = 0, i;

	while (n < half && f[n] == f[0])
		n++;
	for (i = n; i < half && f[i] >= 1e20f; i++)
		;
	if (i < half || c->rotary_dim != c->full_head_dim) {
		jk_fail(err, JK_EDATA, "config.json has no words for the "
		    "factors in rope_freqs.weight");
		return NULL;
	}
	return json_pack("{s:{s:s,s:f,s:f,s:f},s:{s:s,s:f}}",
	    "full_attention", "rope_type", "proportional", "rope_theta",
	    c->rope_theta, "factor", (double)f[0], "partial_rotary_factor",
	    2.0 * n / c->rotary_dim, "sliding_attention", "rope_type",
	    "default", "rope_theta", c->rope_local_theta);
}

static void
set_id(json_t *v, const char *key, int64_t id)
{
	if (id >= 0)
		json_object_set_new(v, key, json_integer(id));
}

json_t *
jk_end_ids_json(const struct jk_config *c)
{
	json_t *v = json_array();
	uint32_t i;

	if (c->n_end_ids == 1) {
		json_decref(v);
		return json_integer(c->end_ids[0]);
	}
	for (i = 0; i < c->n_end_ids; i++)
		json_array_append_new(v, json_integer(c->end_ids[i]));
	return v;
}

json_t *
jk_generation_config(const struct jk_config *c)
{
	json_t *v = json_object();

	if (!v)
		return NULL;
	set_id(v, "bos_token_id", c->bos_id);
	if (c->n_end_ids)
		json_object_set_new(v, "eos_token_id",
		    jk_end_ids_json(c));
	set_id(v, "pad_token_id", c->pad_id);
	return v;
}

static json_t *
layer_types(const struct jk_config *c)
{
	json_t *v = json_array();
	uint32_t i;

	for (i = 0; i < c->n_layers; i++)
		json_array_append_new(v, json_string(
		    jk_layer_kind_name(c->layer_kinds[i])));
	return v;
}

/* Attention but that of GPT-2, and RoPE. */
static int
set_attention(json_t *v, const struct jk_config *c, struct jk_err *err)
{
	const bool by_kind = c->family->has_per_layer;
	json_t *scaling = by_kind ? rope_parameters(c, err) :
	    rope_scaling(c, err);

	if (!scaling)
		return -1;
	json_object_set_new(v, "attention_bias", json_boolean(c->qkv_bias));
	json_object_set_new(v, "attention_dropout", json_real(0));
	json_object_set_new(v, "num_key_value_heads",
	    json_integer(c->n_kv_heads));
	json_object_set_new(v, "head_dim", json_integer(c->head_dim));
	if (!by_kind)
		json_object_set_new(v, "rope_theta", json_real(c->rope_theta));
	json_object_set_new(v, by_kind ? "rope_parameters" : "rope_scaling",
	    scaling);
	if (!c->family->has_longrope)
		return 0;
	json_object_set_new(v, "partial_rotary_factor",
	    json_real((double)c->rotary_dim / c->head_dim));
	if (c->rope_scaling.kind == JK_ROPE_SCALING_LONGROPE)
		json_object_set_new(v, "original_max_position_embeddings",
		    json_integer((json_int_t)c->rope_scaling.
		    original_max_position_embeddings));
	return 0;
}

/* What not all families have, or call otherwise. */
static void
set_own(json_t *v, const struct jk_config *c)
{
	const struct jk_family *f = c->family;
	const char *const names[JK_N_ACTIVATIONS] = {
		[JK_ACTIVATION_SILU] = "silu",
		[JK_ACTIVATION_GELU_TANH] =
		    jk_config_keys[f->naming].gelu_tanh };

	if (f->activation_key)
		json_object_set_new(v, f->activation_key,
		    json_string(names[c->activation]));
	if (f->absent.query_pre_attn_scalar > 0)
		json_object_set_new(v, "query_pre_attn_scalar", json_integer(
		    (json_int_t)lround(1 / ((double)c->attention_scale *
		    (double)c->attention_scale))));
	if (f->absent.scores_cap > 0)
		json_object_set_new(v, "attn_logit_softcapping",
		    short_real(c->scores_cap));
	if (f->caps_logits)
		json_object_set_new(v, "final_logit_softcapping",
		    c->logits_cap == 0 ? json_null() :
		    short_real(c->logits_cap));
	if (f->no_rope_period)		/* GGUF has no other */
		json_object_set_new(v, "no_rope_layer_interval",
		    json_integer(f->no_rope_period));
	if (f->absent.rope_local_theta > 0 && !f->has_per_layer)
		json_object_set_new(v, "rope_local_base_freq",
		    json_real(c->rope_local_theta));
}

static void
set_multipliers(json_t *v, const struct jk_config *c)
{
	if (!c->family->has_multipliers)
		return;
	json_object_set_new(v, "embedding_multiplier",
	    short_real(c->embedding_scale));
	json_object_set_new(v, "attention_multiplier",
	    short_real(c->attention_scale));
	json_object_set_new(v, "residual_multiplier",
	    short_real(c->residual_scale));
	json_object_set_new(v, "logits_scaling", short_real(c->logits_scale));
}

static void
set_linear(json_t *v, const struct jk_config *c)
{
	if (!c->family->has_linear)
		return;
	json_object_set_new(v, "layer_types", layer_types(c));
	json_object_set_new(v, "linear_num_key_heads",
	    json_integer(c->linear.n_k_heads));
	json_object_set_new(v, "linear_num_value_heads",
	    json_integer(c->linear.n_v_heads));
	json_object_set_new(v, "linear_key_head_dim",
	    json_integer(c->linear.key_dim));
	json_object_set_new(v, "linear_value_head_dim",
	    json_integer(c->linear.value_dim));
	json_object_set_new(v, "linear_conv_kernel_dim",
	    json_integer(c->linear.kernel));
	json_object_set_new(v, "partial_rotary_factor",
	    json_real((double)c->rotary_dim / c->head_dim));
}

static void
set_conv(json_t *v, const struct jk_config *c)
{
	if (!c->family->has_conv)
		return;
	json_object_set_new(v, "layer_types", layer_types(c));
	json_object_set_new(v, "conv_L_cache", json_integer(c->conv_kernel));
	json_object_set_new(v, "conv_bias", json_false());
	/* the size is that of the matrices */
	json_object_set_new(v, "block_auto_adjust_ff_dim", json_false());
}

static int
set_per_layer(json_t *v, const struct jk_config *c, struct jk_err *err)
{
	const bool is_double = c->shared_intermediate_size ==
	    2 * c->intermediate_size;

	if (!c->family->has_per_layer)
		return 0;
	if (c->shared_intermediate_size && !is_double &&
	    c->shared_intermediate_size != c->intermediate_size)
		return jk_fail(err, JK_EDATA, "config.json cannot say that the "
		    "feed-forward parts of layers are %u and %u wide",
		    c->intermediate_size, c->shared_intermediate_size);
	json_object_set_new(v, "global_head_dim",
	    json_integer(c->full_head_dim));
	json_object_set_new(v, "hidden_size_per_layer_input",
	    json_integer(c->per_layer_size));
	json_object_set_new(v, "vocab_size_per_layer_input",
	    json_integer(c->vocab_size));
	json_object_set_new(v, "num_kv_shared_layers",
	    json_integer(c->n_shared_kv));
	json_object_set_new(v, "use_double_wide_mlp",
	    json_boolean(is_double));
	return 0;
}

static void
set_window(json_t *v, const struct jk_config *c, enum jk_window_rule rule)
{
	if (c->sliding_window) {
		json_object_set_new(v, "sliding_window",
		    json_integer(c->sliding_window));
		if (rule == JK_WINDOW_UPPER)
			json_object_set_new(v, "use_sliding_window",
			    json_true());
		if (rule != JK_WINDOW_ALL && rule != JK_WINDOW_STATED)
			json_object_set_new(v, "layer_types",
			    layer_types(c));
	} else if (rule == JK_WINDOW_ALL || rule == JK_WINDOW_REFUSED) {
		json_object_set_new(v, "sliding_window", json_null());
	}
}

json_t *
jk_config_to_json(const struct jk_config *config, const char *dtype,
    struct jk_err *err)
{
	const struct jk_config *c = config;
	/* GGUF has one name for Llama and Mistral; a window tells them apart */
	const struct jk_family *f = c->sliding_window ?
	    jk_family_with_window(c->family) : jk_family_written(c->family);
	const struct jk_config_keys *k = &jk_config_keys[f->naming];
	json_t *v = json_pack("{s:[s],s:s,s:s}", "architectures",
	    f->class_name, "model_type", f->model_type, "torch_dtype", dtype);

	if (!v) {
		jk_fail_nomem(err);
		return NULL;
	}
	if ((f->naming != JK_NAMING_GPT2 && set_attention(v, c, err) < 0) ||
	    set_per_layer(v, c, err) < 0) {
		json_decref(v);
		return NULL;
	}
	set_id(v, "bos_token_id", c->bos_id);
	set_id(v, "eos_token_id", c->eos_id);
	set_id(v, "pad_token_id", c->pad_id);
	json_object_set_new(v, k->hidden_size, json_integer(c->hidden_size));
	json_object_set_new(v, k->intermediate_size,
	    json_integer(c->intermediate_size));
	json_object_set_new(v, k->n_layers, json_integer(c->n_layers));
	json_object_set_new(v, k->n_heads, json_integer(c->n_heads));
	json_object_set_new(v, "vocab_size", json_integer(c->vocab_size));
	json_object_set_new(v, k->max_position_embeddings,
	    json_integer(c->max_position_embeddings));
	json_object_set_new(v, k->norm_eps, short_real(c->rms_norm_eps));
	json_object_set_new(v, "tie_word_embeddings",
	    json_boolean(c->tie_word_embeddings));
	json_object_set_new(v, "use_cache", json_true());
	set_own(v, c);
	set_multipliers(v, c);
	set_window(v, c, f->window);
	set_linear(v, c);
	set_conv(v, c);
	return v;
}
