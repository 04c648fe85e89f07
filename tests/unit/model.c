#include "families.h"

#include <math.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/file.h"
#include "model/adapter_config.h"
#include "model/adapter_target.h"
#include "model/gguf_write.h"
#include "model/model.h"
#include "model/open.h"
#include "model/weight_id.h"
#include "quant/decode.h"

/* gguf.quants.dequantize of random blocks (tests/oracle/quant.py). */
static void
test_quant(void)
{
	int i;

	for (i = 0; i < JK_N_WEIGHT_DTYPES; i++) {
		const char *type = jk_dtype_name((enum jk_dtype)i);
		struct jk_safetensors s;
		const struct jk_tensor *raw, *want;
		struct jk_err err;
		char name[64];
		float *got;
		size_t n, size;

		snprintf(name, sizeof name, "tests/data/quant/%s.safetensors",
		    type);
		if (jk_safetensors_open(&s, name, &err) < 0) {
			ok(0, "%s", err.msg);
			continue;
		}
		snprintf(name, sizeof name, "%s.raw", type);
		raw = jk_safetensors_find(&s, name);
		snprintf(name, sizeof name, "%s.f32", type);
		want = jk_safetensors_find(&s, name);
		n = want ? jk_tensor_count(want) : 0;
		got = malloc(n * sizeof *got + 1);
		if (ok(raw && want && n > 0 && got &&
		    jk_tensor_size((enum jk_dtype)i, want->n_dims,
		    want->shape, &size, &err) == 0 &&
		    size == raw->size_bytes, "%s: sizes", type)) {
			jk_dequantize((enum jk_dtype)i, raw->data, got, n);
			ok(memcmp(got, want->data, n * sizeof *got) == 0,
			    "%s decodes to the same bits", type);
		}
		free(got);
		jk_safetensors_close(&s);
	}
}

/* Frequencies that transformers computes (tests/oracle/rope.py). */
static void
test_rope(void)
{
	struct jk_err err;
	json_t *all = jk_json_load("tests/data/rope.json", &err), *one;
	size_t k, i;

	ok(json_array_size(all) >= 12, "recorded RoPE scalings");
	json_array_foreach(all, k, one) {
		const json_t *want = json_object_get(one, "inv_freq");
		struct jk_config c;
		double worst = 0, e;

		if (jk_config_from_json(&c, json_object_get(one, "config"),
		    NULL, &err) < 0) {
			ok(0, "RoPE scaling %zu: %s", k, err.msg);
			continue;
		}
		for (i = 0; i < c.head_dim / 2; i++) {
			e = fabs(pow(c.rope_theta, -2.0 * (double)i /
			    c.head_dim) / (double)c.rope_factors[i] /
			    json_real_value(json_array_get(want, i)) - 1);
			if (!(e <= worst))
				worst = e;
		}
		e = fabs((double)c.rope_attention_factor - json_number_value(
		    json_object_get(one, "attention_factor")));
		ok(json_array_size(want) == i && worst < 1e-6 && e < 1e-6 &&
		    c.position_limit == json_integer_value(
		    json_object_get(one, "limit")), "RoPE scaling %zu: "
		    "frequencies (%.1e), attention (%.1e), limit %u", k, worst,
		    e, c.position_limit);
	}
	json_decref(all);
}

/*
 * A GGUF holds the folder's model: same configuration, same weights, within
 * the rounding of its type (relative to the largest of a tensor).
 */
static void
compare(const char *family, const char *type)
{
	struct jk_model a, b;
	struct jk_err err;
	char path[600];
	double worst = 0, tolerance, e;
	size_t i, n;
	float *x, *y;

	snprintf(path, sizeof path, "tests/data/tiny/%s", family);
	if (jk_model_open(&a, path, JK_MODEL_ALL, &err) < 0) {
		ok(0, "%s: %s", family, err.msg);
		return;
	}
	snprintf(path, sizeof path, "tests/data/tiny/%s/%s-%s.gguf", family,
	    family, type);
	if (jk_model_open(&b, path, JK_MODEL_ALL, &err) < 0) {
		ok(0, "%s-%s: %s", family, type, err.msg);
		jk_model_close(&a);
		return;
	}
	ok(a.n_tensors == b.n_tensors, "%s-%s: as many tensors", family, type);
	for (i = 0; i < a.n_tensors && a.n_tensors == b.n_tensors; i++) {
		n = jk_tensor_count(&a.tensors[i]);
		x = malloc(n * sizeof *x);
		y = malloc(n * sizeof *y);
		if (!x || !y || strcmp(a.tensors[i].name, b.tensors[i].name) ||
		    n != jk_tensor_count(&b.tensors[i])) {
			worst = INFINITY;
		} else {
			jk_dequantize(a.tensors[i].dtype, a.tensors[i].data,
			    x, n);
			jk_dequantize(b.tensors[i].dtype, b.tensors[i].data,
			    y, n);
			e = relative_error(y, x, n);
			if (!(e <= worst))
				worst = e;
		}
		free(x);
		free(y);
	}
	tolerance = strcmp(type, "Q8_0") == 0 ? 0.006 :
	    strcmp(type, "F16") == 0 ? 0x1p-11 :
	    a.config.norm_plus_one ? 1e-6 : 0;
	ok(worst <= tolerance, "%s-%s: same weights (%.2g)", family,
	    type, worst);
	ok(a.config.hidden_size == b.config.hidden_size &&
	    a.config.intermediate_size == b.config.intermediate_size &&
	    a.config.n_layers == b.config.n_layers &&
	    a.config.n_heads == b.config.n_heads &&
	    a.config.n_kv_heads == b.config.n_kv_heads &&
	    a.config.head_dim == b.config.head_dim &&
	    a.config.vocab_size == b.config.vocab_size &&
	    a.config.max_position_embeddings ==
	    b.config.max_position_embeddings &&
	    a.config.rms_norm_eps == b.config.rms_norm_eps &&
	    a.config.tie_word_embeddings == b.config.tie_word_embeddings &&
	    a.config.qkv_bias == b.config.qkv_bias &&
	    a.config.qk_norm == b.config.qk_norm &&
	    a.config.activation == b.config.activation &&
	    a.config.embedding_scale == b.config.embedding_scale &&
	    a.config.residual_scale == b.config.residual_scale &&
	    a.config.logits_scale == b.config.logits_scale &&
	    a.config.scores_cap == b.config.scores_cap &&
	    a.config.logits_cap == b.config.logits_cap &&
	    a.config.bos_id == b.config.bos_id,
	    "%s-%s: same configuration", family, type);
	ok(relative_error(b.config.rope_factors, a.config.rope_factors,
	    a.config.rotary_dim / 2) <= 1e-6,
	    "%s-%s: same RoPE factors", family, type);
	if (strcmp(family, "gemma3") != 0)	/* see tests/oracle/README.md */
		ok(fabs(a.config.rope_theta - b.config.rope_theta) <=
		    1e-7 * a.config.rope_theta &&
		    a.config.attention_scale == b.config.attention_scale &&
		    a.config.sliding_window == b.config.sliding_window,
		    "%s-%s: same scale, RoPE base and window", family, type);
	if (jk_model_chat_template(&a, NULL))
		is_str(jk_model_chat_template(&b, NULL),
		    jk_model_chat_template(&a, NULL), "same chat template");
	is_str(jk_model_special_token(&b, "eos_token"),
	    jk_model_special_token(&a, "eos_token"), "same end token");
	jk_model_close(&a);
	jk_model_close(&b);
}

/* What a config.json of a family with these members means; NULL: refused. */
static const struct jk_config *
config_of(const char *type, json_t *members, struct jk_err *err)
{
	static struct jk_config c;
	json_t *v = json_pack("{s:s}", "model_type", type);
	int r;

	json_object_update(v, members);
	r = jk_config_from_json(&c, v, NULL, err);
	json_decref(v);
	json_decref(members);
	return r == 0 ? &c : NULL;
}

/* The same of Qwen3.5, of 8 layers. */
static const struct jk_config *
linear_config(json_t *members, struct jk_err *err)
{
	json_t *v = json_pack("{s:i,s:i,s:i}", "num_hidden_layers", 8,
	    "hidden_size", 64, "intermediate_size", 96);

	json_object_update(v, members);
	json_decref(members);
	return config_of("qwen3_5_text", v, err);
}

static void
test_linear_config(void)
{
	static const struct { const char *key; int value; } bad[] = {
		{ "linear_key_head_dim", 257 }, { "linear_conv_kernel_dim", 9 },
		{ "linear_num_key_heads", 3 }, { "full_attention_interval", 0 },
		{ "partial_rotary_factor", 2 },
	};
	const struct jk_config *c;
	struct jk_err err;
	size_t i;

	c = linear_config(json_object(), &err);
	ok(c && c->linear.n_k_heads == 16 && c->linear.n_v_heads == 32 &&
	    c->linear.key_dim == 128 && c->linear.value_dim == 128 &&
	    c->linear.kernel == 4 && c->head_dim == 256 &&
	    c->rotary_dim == 64 && c->gated_attention && c->norm_plus_one &&
	    c->layer_kinds[0] == JK_LAYER_LINEAR_ATTENTION &&
	    c->layer_kinds[3] == JK_LAYER_FULL_ATTENTION &&
	    jk_layers_of(c, JK_LAYER_LINEAR_ATTENTION) == 6,
	    "qwen3_5_text: defaults");
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!linear_config(json_pack("{s:i}", bad[i].key,
		    bad[i].value), &err) && err.status == JK_EDATA,
		    "%s %d: %s", bad[i].key, bad[i].value, err.msg);
	ok(!linear_config(json_pack("{s:[s]}", "layer_types",
	    "linear_attention"), &err), "too few layer_types: %s", err.msg);
	ok(!linear_config(json_pack("{s:s}", "hidden_act",
	    "gelu_pytorch_tanh"), &err), "another activation: %s", err.msg);
}

/* Multipliers of Granite: absent, and such that a decoder cannot have. */
static void
test_multipliers(void)
{
	json_t *v = json_pack("{s:s,s:i}", "model_type", "granite",
	    "hidden_size", 64);
	struct jk_config c;
	struct jk_err err;

	ok(jk_config_from_json(&c, v, NULL, &err) == 0 &&
	    c.embedding_scale == 1 && c.attention_scale == 1 &&
	    c.residual_scale == 1 && c.logits_scale == 1 && c.head_dim == 2 &&
	    c.n_kv_heads == 32, "granite: defaults");
	json_object_set_new(v, "residual_multiplier", json_integer(0));
	ok(jk_config_from_json(&c, v, NULL, &err) < 0 &&
	    err.status == JK_EDATA, "residual_multiplier 0: %s", err.msg);
	json_object_set_new(v, "residual_multiplier", json_string("0.22"));
	ok(jk_config_from_json(&c, v, NULL, &err) < 0 &&
	    err.status == JK_EDATA, "residual_multiplier \"0.22\": %s",
	    err.msg);
	json_decref(v);
}

/* EXAONE 4: the 1.2B, and what its 32B has. */
static void
test_exaone4(void)
{
	const struct jk_config *c;
	struct jk_err err;

	c = config_of("exaone4", json_pack("{s:n}", "sliding_window"), &err);
	ok(c && c->qk_norm && !c->wide_qk_norm && c->post_norms &&
	    c->no_pre_norms && !c->sliding_window && c->n_kv_heads == 32,
	    "exaone4: defaults");
	ok(!config_of("exaone4", json_pack("{s:i,s:s}", "sliding_window", 4096,
	    "sliding_window_pattern", "LLLG"), &err) &&
	    err.status == JK_EDATA, "exaone4 with a window: %s", err.msg);
	ok(!config_of("exaone4", json_object(), &err) &&
	    err.status == JK_EDATA, "and without a word: %s", err.msg);
}

/* HunYuan's base: 10000 alpha^(128 / 126). */
static void
test_hunyuan(void)
{
	static const char type[] = "hunyuan_v1_dense";
	const struct jk_config *c;
	struct jk_err err;

	c = config_of(type, json_pack("{s:{s:s,s:f}}", "rope_scaling", "type",
	    "dynamic", "alpha", 1000.0), &err);
	ok(c && c->late_qk_norm && c->n_kv_heads == 32 &&
	    c->rope_scaling.kind == JK_ROPE_SCALING_NONE &&
	    fabs(c->rope_theta - 11158839.925) < 1, "hunyuan: alpha");
	c = config_of(type, json_pack("{s:{s:s,s:f}}", "rope_parameters",
	    "rope_type", "dynamic", "factor", 4.0), &err);
	ok(c && c->rope_scaling.kind == JK_ROPE_SCALING_DYNAMIC &&
	    c->rope_theta == 10000, "without one it is as others have it");
	ok(!config_of(type, json_pack("{s:{s:s,s:f}}", "rope_scaling", "type",
	    "dynamic", "alpha", 0.5), &err), "alpha 0.5: %s", err.msg);
	ok(!config_of(type, json_pack("{s:{s:s,s:s}}", "rope_scaling", "type",
	    "dynamic", "alpha", "1000"), &err), "alpha \"1000\": %s",
	    err.msg);
	ok(!config_of(type, json_pack("{s:i,s:{s:s,s:f}}", "head_dim", 2,
	    "rope_scaling", "type", "dynamic", "alpha", 1000.0), &err),
	    "alpha with a head of 2: %s", err.msg);
}

/* Gemma 2: what is absent, null, and such that a decoder cannot have. */
static void
test_gemma2(void)
{
	const struct jk_config *c;
	struct jk_err err;

	c = config_of("gemma2", json_object(), &err);
	ok(c && c->scores_cap == 50 && c->logits_cap == 30 &&
	    c->sliding_window == 4096 && c->n_layers == 26 &&
	    c->layer_kinds[0] == JK_LAYER_SLIDING_ATTENTION &&
	    c->layer_kinds[1] == JK_LAYER_FULL_ATTENTION &&
	    jk_layers_of(c, JK_LAYER_FULL_ATTENTION) == 13 &&
	    c->attention_scale == 1 / 16.0f && !c->qk_norm &&
	    c->norm_plus_one && c->post_norms, "gemma2: defaults");
	c = config_of("gemma2", json_pack("{s:n,s:n,s:i}",
	    "attn_logit_softcapping", "final_logit_softcapping",
	    "query_pre_attn_scalar", 144), &err);
	ok(c && c->scores_cap == 0 && c->logits_cap == 0 &&
	    fabsf(c->attention_scale - 1 / 12.0f) < 1e-8f,
	    "gemma2: null is no cap");
	ok(!config_of("gemma2", json_pack("{s:f}", "attn_logit_softcapping",
	    -50.0), &err) && err.status == JK_EDATA, "a cap below 0: %s",
	    err.msg);
	ok(!config_of("gemma2", json_pack("{s:s}", "final_logit_softcapping",
	    "30"), &err) && err.status == JK_EDATA, "a cap of text: %s",
	    err.msg);
	ok(!config_of("gemma3_text", json_pack("{s:f}",
	    "final_logit_softcapping", 30.0), &err) &&
	    err.status == JK_EDATA, "another family with one: %s", err.msg);
}

/* LFM2: published forms of its sizes, which layers are what, what is refused. */
static void
test_lfm2(void)
{
	static const struct { int block_ff_dim; uint32_t size; } sizes[] = {
		{ 6656, 4608 }, { 10240, 6912 }, { 12288, 8192 } };
	const struct jk_config *c;
	struct jk_err err;
	size_t i;

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		c = config_of("lfm2", json_pack("{s:i,s:i,s:i,s:[i]}",
		    "num_hidden_layers", 3, "num_attention_heads", 40,
		    "block_ff_dim", sizes[i].block_ff_dim, "full_attn_idxs",
		    1), &err);
		ok(c && c->intermediate_size == sizes[i].size &&
		    c->head_dim == 64 && c->conv_kernel == 3 &&
		    c->tie_word_embeddings && c->qk_norm &&
		    c->layer_kinds[0] == JK_LAYER_SHORT_CONV &&
		    c->layer_kinds[1] == JK_LAYER_FULL_ATTENTION &&
		    c->layer_kinds[2] == JK_LAYER_SHORT_CONV,
		    "lfm2: a feed-forward part of %u", sizes[i].size);
	}
	c = config_of("lfm2", json_pack("{s:i,s:b,s:b,s:[s,s],s:i}",
	    "intermediate_size", 100, "block_auto_adjust_ff_dim", 0,
	    "tie_embedding", 0, "layer_types", "conv", "full_attention",
	    "num_hidden_layers", 2), &err);
	ok(c && c->intermediate_size == 100 && !c->tie_word_embeddings &&
	    c->layer_kinds[0] == JK_LAYER_SHORT_CONV, "lfm2: as it is");
	c = config_of("lfm2", json_pack("{s:i,s:n}", "intermediate_size", 100,
	    "block_ffn_dim_multiplier"), &err);
	ok(c && c->intermediate_size == 66, "null: no multiple");
	ok(!config_of("lfm2", json_pack("{s:f}", "block_ffn_dim_multiplier",
	    -1.0), &err) && err.status == JK_EDATA, "below 0: %s", err.msg);
	ok(!config_of("lfm2", json_pack("{s:b}", "conv_bias", 1), &err) &&
	    err.status == JK_EDATA, "with biases: %s", err.msg);
	ok(!config_of("lfm2", json_pack("{s:i,s:[]}", "conv_L_cache", 1,
	    "full_attn_idxs"), &err) && err.status == JK_EDATA,
	    "over one token: %s", err.msg);
	ok(!config_of("lfm2", json_pack("{s:i}", "conv_L_cache", 9), &err) &&
	    err.status == JK_EDATA, "over nine: %s", err.msg);
	ok(!config_of("lfm2_moe", json_object(), &err) &&
	    strstr(err.msg, "take a dense one"), "experts: %s", err.msg);
}

/* Sizes of a weight in a layer. */
static bool
is_of(const struct jk_config *c, uint32_t layer, enum jk_module module,
    uint64_t n_rows, uint64_t n_columns)
{
	uint64_t rows, columns;

	jk_module_shape(c, layer, module, &rows, &columns);
	return jk_layer_has_module(c, layer, module) && rows == n_rows &&
	    columns == n_columns;
}

/* A configuration of E2B's form, of six layers, and members of its own. */
static const struct jk_config *
gemma4_of(json_t *members, struct jk_err *err)
{
	json_t *v = json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:b}",
	    "num_hidden_layers", 6, "hidden_size", 64, "num_attention_heads",
	    4, "num_key_value_heads", 1, "head_dim", 32, "intermediate_size",
	    96, "num_kv_shared_layers", 3, "use_double_wide_mlp", 1);

	json_object_update(v, members);
	json_decref(members);
	return config_of("gemma4_text", v, err);
}

/*
 * Gemma 4: sizes by layer, both forms of what says them, which layers look at
 * whose keys, what is refused.
 */
static void
test_gemma4(void)
{
	const struct jk_config *c;
	struct jk_err err;

	c = config_of("gemma4_text", json_object(), &err);
	ok(c && c->n_layers == 30 && c->full_head_dim == 512 &&
	    c->rotary_dim == 512 && c->per_layer_size == 256 &&
	    c->sliding_window == 512 && c->n_shared_kv == 0 &&
	    c->attention_scale == 1 && c->logits_cap == 0 && c->v_norm &&
	    !c->norm_plus_one && c->rope_factors[63] == 1 &&
	    c->rope_factors[64] == 1e30f, "gemma4: defaults");
	c = gemma4_of(json_pack("{s:i,s:[s,s,s,s,s,s]}", "global_head_dim", 48,
	    "layer_types", "sliding_attention", "full_attention",
	    "sliding_attention", "full_attention", "sliding_attention",
	    "sliding_attention"), &err);
	ok(c && c->layer_kinds[5] == JK_LAYER_FULL_ATTENTION &&
	    jk_layer_kv(c, 0) == 0 && jk_layer_kv(c, 2) == 2 &&
	    jk_layer_kv(c, 3) == 1 && jk_layer_kv(c, 4) == 2 &&
	    jk_layer_kv(c, 5) == 1,
	    "gemma4: layers share with the last of their kind");
	ok(c && is_of(c, 0, JK_MODULE_Q, 128, 64) &&
	    is_of(c, 1, JK_MODULE_Q, 192, 64) &&
	    is_of(c, 1, JK_MODULE_K, 48, 64) &&
	    is_of(c, 1, JK_MODULE_K_NORM, 48, 0) &&
	    is_of(c, 4, JK_MODULE_O, 64, 128) &&
	    is_of(c, 2, JK_MODULE_UP, 96, 64) &&
	    is_of(c, 3, JK_MODULE_UP, 192, 64) &&
	    is_of(c, 5, JK_MODULE_DOWN, 64, 192) &&
	    !jk_layer_has_module(c, 3, JK_MODULE_K) &&
	    !jk_layer_has_module(c, 3, JK_MODULE_V) &&
	    !jk_layer_has_module(c, 3, JK_MODULE_K_NORM) &&
	    is_of(c, 0, JK_MODULE_PER_LAYER_EMBEDDING, c->vocab_size, 6 * 256),
	    "gemma4: sizes of layers");
	ok(c && jk_weight_is_spare(c, "model.layers.3.self_attn.k_proj.weight")
	    && jk_weight_is_spare(c, "blk.5.attn_v.weight") &&
	    !jk_weight_is_spare(c, "blk.2.attn_v.weight") &&
	    !jk_weight_is_spare(c, "blk.5.attn_q.weight"),
	    "gemma4: what files have and nothing reads");
	c = gemma4_of(json_pack("{s:{s:{s:i},s:{s:i},s:{s:i,s:i}},s:s,s:i}",
	    "per_layer_config", "1", "head_dim", 32, "2", "head_dim", 40, "5",
	    "head_dim", 40, "num_key_value_heads", 1,
	    "use_bidirectional_attention", "vision", "sliding_window_pattern",
	    3), &err);
	ok(c && c->full_head_dim == 40 && c->head_dim == 32,
	    "gemma4: as transformers 5 writes it");
	ok(!gemma4_of(json_object(), &err) && strstr(err.msg, "layer 5 has"),
	    "nobody to share with: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:{s:{s:i},s:{s:i}}}", "per_layer_config",
	    "1", "head_dim", 36, "5", "head_dim", 40), &err) &&
	    strstr(err.msg, "per_layer_config"), "three sizes: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:{s:{s:i}}}", "per_layer_config", "5",
	    "num_key_value_heads", 2), &err) &&
	    strstr(err.msg, "per_layer_config"), "other heads: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:i}", "num_kv_shared_layers", 6), &err) &&
	    err.status == JK_EDATA, "all layers share: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:i}", "num_kv_shared_layers", 7), &err) &&
	    err.status == JK_EDATA, "more than there are: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:b}", "enable_moe_block", 1), &err) &&
	    strstr(err.msg, "take Gemma 4 E2B"), "experts: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:n}", "hidden_size_per_layer_input"),
	    &err) && strstr(err.msg, "take E2B"), "the 31B: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:b}", "attention_k_eq_v", 1), &err) &&
	    strstr(err.msg, "take E2B"), "keys that are values: %s", err.msg);
	ok(!gemma4_of(json_pack("{s:i}", "vocab_size_per_layer_input", 9),
	    &err) && strstr(err.msg, "vocab_size"), "two vocabularies: %s",
	    err.msg);
}

/* Phi-4-mini as it is published, Phi-3's older names, what is absent. */
static void
test_phi3(void)
{
	static const char *const types[] = { "longrope", "su", "yarn" };
	const struct jk_config *c;
	struct jk_err err;
	size_t i;

	c = config_of("phi3", json_object(), &err);
	ok(c && c->fused_qkv && c->fused_gate_up && c->head_dim == 96 &&
	    c->rotary_dim == 96 && c->n_kv_heads == 32 &&
	    !c->sliding_window && !c->tie_word_embeddings &&
	    c->position_limit == 4096, "phi3: defaults");
	for (i = 0; i < 3; i++) {
		c = config_of("phi3", json_pack("{s:i,s:i,s:i,s:i,s:i,s:f,"
		    "s:i,s:{s:s,s:[f,f,f],s:[f,f,f]}}", "hidden_size", 24,
		    "num_attention_heads", 3, "num_key_value_heads", 1,
		    "max_position_embeddings", 131072, "sliding_window",
		    262144, "partial_rotary_factor", 0.75,
		    "original_max_position_embeddings", 4096, "rope_scaling",
		    "type", types[i], "short_factor", 1.0, 1.5, 2.0,
		    "long_factor", 1.0, 4.0, 32.0), &err);
		/* sqrt(1 + ln 32 / ln 4096) */
		ok(c && c->rotary_dim == 6 && c->position_limit == 4096 &&
		    c->rope_factors[1] == 1.5f && c->rope_factors[2] == 2 &&
		    c->rope_long_factors[2] == 32 &&
		    c->sliding_window == 262144 && c->n_kv_heads == 1 &&
		    fabsf(c->rope_attention_factor - 1.1902381f) < 1e-6f,
		    "phi3: %s", types[i]);
	}
	ok(!config_of("phi3", json_pack("{s:{s:s,s:[f],s:[f]}}",
	    "rope_scaling", "type", "longrope", "short_factor", 1.0,
	    "long_factor", 1.0), &err) && err.status == JK_EDATA,
	    "too few factors: %s", err.msg);
	ok(!config_of("phimoe", json_object(), &err) &&
	    strstr(err.msg, "take a dense one"), "experts: %s", err.msg);
}

static void
test_configs(void)
{
	struct jk_model m;
	struct jk_err err;
	struct jk_config *c = &m.config;

	if (ok(jk_model_open(&m, "tests/data/tiny/gemma3", JK_MODEL_ALL,
	    &err) == 0, "gemma3 opens")) {
		ok(!strcmp(c->family->gguf_name, "gemma3") && c->norm_plus_one &&
		    c->post_norms && c->qk_norm &&
		    c->activation == JK_ACTIVATION_GELU_TANH &&
		    c->tie_word_embeddings, "gemma3: switches");
		ok(c->sliding_window == 16 &&
		    c->layer_kinds[0] == JK_LAYER_SLIDING_ATTENTION &&
		    c->layer_kinds[1] == JK_LAYER_SLIDING_ATTENTION &&
		    c->layer_kinds[2] == JK_LAYER_FULL_ATTENTION &&
		    c->layer_kinds[5] == JK_LAYER_FULL_ATTENTION,
		    "gemma3: layer_types count");
		ok(fabsf(c->attention_scale - 1 / sqrtf(48)) < 1e-6f &&
		    c->rope_theta != c->rope_local_theta,
		    "gemma3: attention scale and two RoPE bases");
		jk_model_close(&m);
	}
	if (ok(jk_model_open(&m, "tests/data/tiny/qwen2", JK_MODEL_ALL,
	    &err) == 0, "qwen2 opens")) {
		ok(c->n_end_ids == 2 && c->qkv_bias, "qwen2: two end tokens");
		jk_model_close(&m);
	}
	if (ok(jk_model_open(&m, "tests/data/tiny/mistral", JK_MODEL_ALL,
	    &err) == 0, "mistral opens")) {
		ok(c->sliding_window == 40 &&
		    c->layer_kinds[0] == JK_LAYER_SLIDING_ATTENTION &&
		    jk_model_chat_template(&m, NULL),
		    "mistral: window, chat_template.jinja");
		jk_model_close(&m);
	}
	if (ok(jk_model_open(&m, "tests/data/tiny/llama3", JK_MODEL_ALL,
	    &err) == 0, "llama3 opens")) {
		ok(c->rope_scaling.kind == JK_ROPE_SCALING_LLAMA3 &&
		    c->rope_factors[0] == 1 &&
		    c->rope_factors[c->head_dim / 2 - 1] == 8,
		    "llama3: first frequency kept, last divided by 8");
		jk_model_close(&m);
	}
	if (ok(jk_model_open(&m, "tests/data/tiny/olmo2", JK_MODEL_ALL,
	    &err) == 0, "olmo2 opens")) {
		ok(c->post_norms && c->no_pre_norms && c->wide_qk_norm &&
		    !c->tie_word_embeddings, "olmo2: switches");
		jk_model_close(&m);
	}
	if (ok(jk_model_open(&m, "tests/data/tiny/granite", JK_MODEL_ALL,
	    &err) == 0, "granite opens")) {
		ok(c->embedding_scale == 6 && c->attention_scale == 0.1875f &&
		    c->residual_scale == 0.22f && c->logits_scale == 3,
		    "granite: multipliers");
		jk_model_close(&m);
	}
	test_multipliers();
	test_linear_config();
	test_exaone4();
	test_hunyuan();
	test_gemma2();
	test_lfm2();
	test_gemma4();
	test_phi3();
	ok(jk_model_open(&m, "tests/data/tiny/none", JK_MODEL_ALL, &err) < 0
	    && err.status == JK_EUSAGE, "no such model: %s", err.msg);
}

/* --- adapter_config.json, as PEFT reads it (tests/oracle/adapter.py) */

/* Read a rank and these members besides. */
static int
read_config(struct jk_adapter *a, const json_t *more, struct jk_err *err)
{
	static char path[] = "adapter";

	*a = (struct jk_adapter){ .path = path, .config = json_pack(
		"{s:s,s:i,s:i}", "peft_type", "LORA", "r", 2, "lora_alpha",
		4) };
	json_object_update(a->config, (json_t *)(uintptr_t)more);
	return jk_adapter_read_config(a, err);
}

static bool
holds(const json_t *list, const char *name)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	return false;
}

/* Modules for which jk and PEFT differ. */
static size_t
count_wrong(const json_t *all, const json_t *c, struct jk_err *err)
{
	const json_t *want = json_object_get(c, "modules"), *name;
	struct jk_adapter a;
	size_t i, n_wrong = 0;
	int r = read_config(&a, json_object_get(c, "config"), err);

	json_array_foreach(all, i, name) {
		const char *s = json_string_value(name);

		if (r >= 0)
			r = jk_adapter_is_target(&a, s, err);
		n_wrong += json_is_null(want) ? r >= 0 : r != holds(want, s);
	}
	json_decref(a.config);
	return n_wrong;
}

/* Modules of which jk and PEFT have another rank or scale. */
static size_t
count_wrong_ranks(const json_t *c, struct jk_err *err)
{
	json_t *modules = json_object_get(c, "modules"), *want;
	struct jk_adapter a;
	const char *name;
	size_t n_wrong = 0;
	uint32_t rank;
	float scale;
	int r = read_config(&a, json_object_get(c, "config"), err);

	json_object_foreach(modules, name, want)
		n_wrong += r < 0 || jk_adapter_rank(&a, name, &rank, &scale,
		    err) < 0 || rank != json_integer_value(json_array_get(want,
		    0)) || !(fabs(scale - json_number_value(json_array_get(
		    want, 1))) <= 1e-6);
	json_decref(a.config);
	return json_object_size(modules) == 24 ? n_wrong : 24;
}

static void
test_adapter_configs(void)
{
	struct jk_err err = { 0 };
	json_t *file = jk_json_load("tests/data/adapter-config.json", &err);
	const json_t *all = json_object_get(file, "modules"), *c;
	size_t i;

	ok(json_array_size(all) == 12 * 7 + 2, "modules: %s", err.msg);
	json_array_foreach(json_object_get(file, "targets"), i, c) {
		char *s = json_dumps(json_object_get(c, "config"),
		    JSON_COMPACT);
		size_t n_wrong = count_wrong(all, c, &err);

		if (!ok(n_wrong == 0, "targets of %s", s))
			diag("%zu modules: %s", n_wrong, err.msg);
		free(s);
	}
	ok(json_array_size(json_object_get(file, "ranks")) > 0, "ranks");
	json_array_foreach(json_object_get(file, "ranks"), i, c) {
		char *s = json_dumps(json_object_get(c, "config"),
		    JSON_COMPACT);
		size_t n_wrong = count_wrong_ranks(c, &err);

		if (!ok(n_wrong == 0, "ranks of %s", s))
			diag("%zu modules: %s", n_wrong, err.msg);
		free(s);
	}
	json_array_foreach(json_object_get(file, "inits"), i, c) {
		const json_t *init = json_object_get(c, "init");
		json_t *more = json_object();
		struct jk_adapter a;
		char *s = json_dumps(init, JSON_ENCODE_ANY);
		int r;

		json_object_set(more, "init_lora_weights",
		    (json_t *)(uintptr_t)init);
		r = read_config(&a, more, &err);
		ok(json_is_true(json_object_get(c, "changes_base")) ?
		    r < 0 && err.status == JK_EDATA && strstr(err.msg,
		    "changed the base model's weights") : r == 0,
		    "init_lora_weights %s", s);
		json_decref(a.config);
		json_decref(more);
		free(s);
	}
	json_decref(file);
}

/* Part `no` of `n` of a file, with every n-th tensor, as gguf-split names it. */
static bool
write_part(const struct jk_gguf *g, const char *path, uint32_t no, uint32_t n)
{
	struct jk_gguf_meta meta = { 0 };
	struct jk_tensor *part = calloc(g->n_tensors, sizeof *part);
	struct jk_file file;
	struct jk_err err;
	size_t i, k = 0;
	bool good = part && jk_file_begin(&file, path, &err) == 0;

	for (i = 0; good && i < g->n_tensors; i++)
		if (i % n == no)
			part[k++] = g->tensors[i];
	for (i = 0; no == 0 && i < g->n_entries; i++)
		jk_gguf_put_entry(&meta, &g->entries[i]);
	jk_gguf_put_u32(&meta, "split.no", no);
	jk_gguf_put_u32(&meta, "split.count", n);
	jk_gguf_put_u32(&meta, "split.tensors.count", (uint32_t)g->n_tensors);
	good = good && jk_gguf_write_header(&file.out, &meta, part, k,
	    &err) == 0;
	for (i = 0; good && i < k; i++)
		good = jk_gguf_write_data(&file.out, part[i].data,
		    part[i].size_bytes, &err) == 0;
	good = good && jk_file_commit(&file, &err) == 0;
	jk_gguf_meta_release(&meta);
	free(part);
	return good;
}

static void
fails_to_open(const char *path, const char *message, const char *name)
{
	struct jk_model m;
	struct jk_err err;
	const bool failed = jk_model_open(&m, path, JK_MODEL_ALL, &err) < 0;

	ok(failed && strstr(err.msg, message), "%s", name);
	if (!failed)
		jk_model_close(&m);
	else if (!strstr(err.msg, message))
		diag("%s", err.msg);
}

static void
test_split(void)
{
	char dir[] = "/tmp/jk-split-XXXXXX", path[4][64], command[64];
	struct jk_model whole, split;
	struct jk_err err;
	uint32_t i;
	bool same;

	if (!ok(mkdtemp(dir) != NULL && jk_model_open(&whole,
	    "tests/data/tiny/llama/llama-F16.gguf", JK_MODEL_ALL, &err) == 0,
	    "a model in one file"))
		return;
	for (i = 0; i < 3; i++) {
		snprintf(path[i], sizeof path[i], "%s/m-%05u-of-00003.gguf",
		    dir, i + 1);
		if (!write_part(&whole.gguf, path[i], i, 3))
			ok(0, "part %u is written", i);
	}
	if (ok(jk_model_open(&split, dir, JK_MODEL_ALL, &err) == 0,
	    "a folder with its three parts opens")) {
		same = split.n_tensors == whole.n_tensors;
		for (i = 0; same && i < whole.n_tensors; i++)
			same = !strcmp(split.tensors[i].name,
			    whole.tensors[i].name) &&
			    split.tensors[i].size_bytes ==
			    whole.tensors[i].size_bytes &&
			    !memcmp(split.tensors[i].data,
			    whole.tensors[i].data,
			    whole.tensors[i].size_bytes);
		ok(same, "the same tensors");
		jk_model_close(&split);
	} else {
		diag("%s", err.msg);
	}
	fails_to_open(path[1], "part 2 of 3: name the first",
	    "another part than the first");
	snprintf(path[3], sizeof path[3], "%s/blob", dir);
	if (rename(path[0], path[3]) == 0)
		fails_to_open(path[3], "its name must end in -00001-of-00003",
		    "a first part of another name");
	if (rename(path[3], path[0]) == 0 && rename(path[2], path[3]) == 0)
		fails_to_open(path[0], "m-00003-of-00003.gguf is not there",
		    "a part that is not there");
	if (rename(path[1], path[2]) == 0 && rename(path[3], path[1]) == 0)
		fails_to_open(path[0], "is not part 2 of 3",
		    "parts that changed places");
	jk_model_close(&whole);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ok(system(command) == 0, "removed");
}

/* A file is what it holds, not what it is called. */
static void
test_names(void)
{
	static const char *const names[] = { "sha256-0a1b", "model.GGUF" };
	char dir[] = "/tmp/jk-names-XXXXXX", path[64], command[160];
	struct jk_model m;
	struct jk_err err;
	size_t i;

	if (!ok(mkdtemp(dir) != NULL, "a folder"))
		return;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		snprintf(command, sizeof command, "cp "
		    "tests/data/tiny/llama/llama-F16.gguf %s", path);
		if (ok(system(command) == 0 && jk_model_open(&m, path,
		    JK_MODEL_ALL, &err) == 0 && m.is_gguf, "%s is GGUF",
		    names[i]))
			jk_model_close(&m);
	}
	if (ok(jk_model_open(&m, dir, JK_MODEL_ALL, &err) == 0,
	    "the only .GGUF file of a folder"))
		jk_model_close(&m);
	fails_to_open("tests/data/tiny/llama/model.safetensors",
	    "name the folder that has its config.json",
	    "a file of weights alone");
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ok(system(command) == 0, "removed");
}

int
main(void)
{
	test_quant();
	test_rope();
	test_configs();
	test_adapter_configs();
	test_split();
	test_names();
	each_gguf(compare);
	return done_testing();
}
