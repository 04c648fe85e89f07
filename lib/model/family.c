#include "model/family.h"

#include <string.h>

const struct jk_family jk_families[] = {
	{	/* Llama 2 and 3, TinyLlama, SmolLM2 */
		.model_type = "llama",
		.class_name = "LlamaForCausalLM",
		.gguf_name = "llama",
		.absent = { .max_position_embeddings = 2048,
			.rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.gguf_permuted = true,
		.gguf_vocab_size = true,
	}, {
		.model_type = "mistral",
		.class_name = "MistralForCausalLM",
		.gguf_name = "llama",
		.absent = { .n_kv_heads = 8, .max_position_embeddings = 131072,
			.rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.window = JK_WINDOW_ALL,
		.gguf_permuted = true,
		.gguf_vocab_size = true,
	}, {	/* Qwen2, Qwen2.5 */
		.model_type = "qwen2",
		.class_name = "Qwen2ForCausalLM",
		.gguf_name = "qwen2",
		.absent = { .max_position_embeddings = 32768,
			.rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.qkv_bias = true,
		.window = JK_WINDOW_UPPER,
	}, {
		.model_type = "qwen3",
		.class_name = "Qwen3ForCausalLM",
		.gguf_name = "qwen3",
		.absent = { .head_dim = 128, .max_position_embeddings = 32768,
			.rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.qk_norm = true,
		.window = JK_WINDOW_UPPER,
	}, {	/* Gemma 3: the models of text alone, the text part of others */
		.model_type = "gemma3_text",
		.class_name = "Gemma3ForCausalLM",
		.gguf_name = "gemma3",
		.whole_type = "gemma3",
		.whole_prefix = "model.language_model.",
		.absent = { .hidden_size = 2304, .intermediate_size = 9216,
			.n_layers = 26, .n_heads = 8, .n_kv_heads = 4,
			.head_dim = 256, .vocab_size = 262208,
			.max_position_embeddings = 131072,
			.tie_word_embeddings = true, .rope_theta = 1e6,
			.rope_local_theta = 1e4,
			.query_pre_attn_scalar = 256 },
		.activation_key = "hidden_activation",
		.activation = JK_ACTIVATION_GELU_TANH,
		.qk_norm = true,
		.norm_plus_one = true,
		.post_norms = true,
		.scales_embedding = true,
		.window = JK_WINDOW_PERIOD,
		.window_period = 6,
		.gguf_wide_layers = 62,		/* 27B */
	}, {	/* GPT-2, ruGPT-3 small to large, ruDialoGPT */
		.model_type = "gpt2",
		.class_name = "GPT2LMHeadModel",
		.gguf_name = "gpt2",
		.naming = JK_NAMING_GPT2,
		.absent = { .hidden_size = 768, .n_inner = 4, .n_layers = 12,
			.n_heads = 12, .vocab_size = 50257,
			.max_position_embeddings = 1024,
			.tie_word_embeddings = true, .norm_eps = 1e-5,
			.rope_theta = 1 },	/* nothing is rotated */
		.activation_key = "activation_function",
		.activation = JK_ACTIVATION_GELU_TANH,
		.qkv_bias = true,
		.fused_qkv = true,
		.proj_bias = true,
		.ungated = true,
		.layer_norm = true,
		.learned_positions = true,
	}, {
		.model_type = "smollm3",
		.class_name = "SmolLM3ForCausalLM",
		.gguf_name = "smollm3",
		.absent = { .hidden_size = 2048, .intermediate_size = 11008,
			.n_layers = 36, .n_heads = 16, .n_kv_heads = 4,
			.vocab_size = 128256, .max_position_embeddings = 32768,
			.tie_word_embeddings = true, .rope_theta = 2e6 },
		.activation_key = "hidden_act",
		.no_rope_period = 4,
		.gguf_permuted = true,
		.gguf_vocab_size = true,
	}, {	/* Qwen3.5, its text part */
		.model_type = "qwen3_5_text",
		.class_name = "Qwen3_5ForCausalLM",
		.gguf_name = "qwen35",
		.whole_type = "qwen3_5",
		.whole_prefix = "model.language_model.",
		.absent = { .hidden_size = 4096, .intermediate_size = 12288,
			.n_layers = 32, .n_heads = 16, .n_kv_heads = 4,
			.head_dim = 256, .vocab_size = 248320,
			.max_position_embeddings = 32768, .rope_theta = 1e4,
			.partial_rotary_factor = 0.25 },
		.activation_key = "hidden_act",
		.qk_norm = true,
		.norm_plus_one = true,
		.gated_attention = true,
		.has_linear = true,
		.gguf_mlp_norm = "post_attention_norm",
	}, {	/* Qwen3-VL, its text part: in texts its RoPE is Qwen3's */
		.model_type = "qwen3_vl_text",
		.class_name = "Qwen3ForCausalLM",
		.gguf_name = "qwen3vl",
		.whole_type = "qwen3_vl",
		.whole_prefix = "model.language_model.",
		.part_type = "qwen3",
		.absent = { .hidden_size = 4096, .intermediate_size = 22016,
			.n_layers = 32, .n_heads = 32, .n_kv_heads = 32,
			.head_dim = 128, .vocab_size = 151936,
			.max_position_embeddings = 128000, .rope_theta = 5e5 },
		.activation_key = "hidden_act",
		.qk_norm = true,
	}, {
		.model_type = "olmo2",
		.class_name = "Olmo2ForCausalLM",
		.gguf_name = "olmo2",
		.absent = { .hidden_size = 4096, .intermediate_size = 11008,
			.n_layers = 32, .n_heads = 32, .vocab_size = 50304,
			.max_position_embeddings = 2048, .norm_eps = 1e-5,
			.rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.qk_norm = true,
		.wide_qk_norm = true,
		.post_norms = true,
		.no_pre_norms = true,
	}, {	/* Granite 3, dense */
		.model_type = "granite",
		.class_name = "GraniteForCausalLM",
		.gguf_name = "granite",
		.absent = { .hidden_size = 4096, .intermediate_size = 11008,
			.n_layers = 32, .n_heads = 32, .vocab_size = 32000,
			.max_position_embeddings = 2048, .rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.has_multipliers = true,
		.gguf_permuted = true,
		.gguf_vocab_size = true,
	}, {	/* EXAONE 4, the 1.2B */
		.model_type = "exaone4",
		.class_name = "Exaone4ForCausalLM",
		.gguf_name = "exaone4",
		.absent = { .hidden_size = 4096, .intermediate_size = 16384,
			.n_layers = 32, .n_heads = 32, .n_kv_heads = 32,
			.vocab_size = 102400, .max_position_embeddings = 2048,
			.norm_eps = 1e-5, .rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.qk_norm = true,
		.post_norms = true,
		.no_pre_norms = true,
		.window = JK_WINDOW_REFUSED,
		.gguf_vocab_size = true,
	}, {	/* HunYuan, dense */
		.model_type = "hunyuan_v1_dense",
		.class_name = "HunYuanDenseV1ForCausalLM",
		.gguf_name = "hunyuan-dense",
		.naming = JK_NAMING_HUNYUAN,
		.absent = { .hidden_size = 4096, .intermediate_size = 11008,
			.n_layers = 32, .n_heads = 32, .vocab_size = 290943,
			.max_position_embeddings = 2048, .norm_eps = 1e-5,
			.rope_theta = 1e4 },
		.activation_key = "hidden_act",
		.qk_norm = true,
		.late_qk_norm = true,
		.has_alpha = true,
	}, {
		.model_type = "gemma2",
		.class_name = "Gemma2ForCausalLM",
		.gguf_name = "gemma2",
		.absent = { .hidden_size = 2304, .intermediate_size = 9216,
			.n_layers = 26, .n_heads = 8, .n_kv_heads = 4,
			.head_dim = 256, .vocab_size = 256000,
			.max_position_embeddings = 8192,
			.tie_word_embeddings = true, .rope_theta = 1e4,
			.query_pre_attn_scalar = 256,
			.scores_cap = 50, .logits_cap = 30 },
		.activation_key = "hidden_activation",
		.activation = JK_ACTIVATION_GELU_TANH,
		.norm_plus_one = true,
		.post_norms = true,
		.scales_embedding = true,
		.caps_logits = true,
		.window = JK_WINDOW_PERIOD,
		.window_period = 2,
		.gguf_wide_layers = 46,		/* 27B */
	}, {	/* LFM2, LFM2.5, dense */
		.model_type = "lfm2",
		.class_name = "Lfm2ForCausalLM",
		.gguf_name = "lfm2",
		.naming = JK_NAMING_LFM2,
		.absent = { .hidden_size = 2560, .intermediate_size = 12288,
			.n_layers = 32, .n_heads = 32, .n_kv_heads = 8,
			.vocab_size = 65536, .max_position_embeddings = 128000,
			.tie_word_embeddings = true, .norm_eps = 1e-5,
			.rope_theta = 1e6 },
		.qk_norm = true,
		.has_conv = true,
		.gguf_norm = "token_embd_norm",
		.gguf_vocab_size = true,
	}, {	/* Phi-4-mini; Phi-3, Phi-3.5-mini and Phi-4 have its form */
		.model_type = "phi3",
		.class_name = "Phi3ForCausalLM",
		.gguf_name = "phi3",
		.absent = { .hidden_size = 3072, .intermediate_size = 8192,
			.n_layers = 32, .n_heads = 32, .vocab_size = 32064,
			.max_position_embeddings = 4096, .norm_eps = 1e-5,
			.rope_theta = 1e4, .partial_rotary_factor = 1,
			.original_positions = 4096 },
		.activation_key = "hidden_act",
		.fused_qkv = true,
		.fused_gate_up = true,
		.window = JK_WINDOW_STATED,
		.has_longrope = true,
	}, {	/* Gemma 4 E2B and E4B, their text part */
		.model_type = "gemma4_text",
		.class_name = "Gemma4ForCausalLM",
		.gguf_name = "gemma4",
		.whole_type = "gemma4",
		.whole_prefix = "model.language_model.",
		.absent = { .hidden_size = 2304, .intermediate_size = 9216,
			.n_layers = 30, .n_heads = 8, .n_kv_heads = 4,
			.head_dim = 256, .vocab_size = 262144,
			.max_position_embeddings = 131072,
			.tie_word_embeddings = true, .rope_theta = 1e6,
			.rope_local_theta = 1e4, .sliding_window = 512 },
		.activation_key = "hidden_activation",
		.activation = JK_ACTIVATION_GELU_TANH,
		.qk_norm = true,
		.post_norms = true,
		.scales_embedding = true,
		.has_per_layer = true,
		.caps_logits = true,
		.window = JK_WINDOW_PERIOD,
		.window_period = 6,
		.gguf_tokenizer = "gemma4",
	},
};

const size_t jk_n_families = sizeof jk_families / sizeof *jk_families;

const struct jk_family *
jk_family_by_type(const char *model_type)
{
	size_t i;

	for (i = 0; i < jk_n_families; i++)
		if (strcmp(jk_families[i].model_type, model_type) == 0)
			return &jk_families[i];
	return NULL;
}

const struct jk_family *
jk_family_by_gguf(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < jk_n_families; i++)
		if (strlen(jk_families[i].gguf_name) == n &&
		    memcmp(jk_families[i].gguf_name, name, n) == 0)
			return &jk_families[i];
	return NULL;
}

const struct jk_family *
jk_family_written(const struct jk_family *f)
{
	return f->part_type ? jk_family_by_type(f->part_type) : f;
}

const struct jk_family *
jk_family_with_window(const struct jk_family *f)
{
	size_t i;

	for (i = 0; i < jk_n_families && f->window == JK_WINDOW_NONE; i++)
		if (strcmp(jk_families[i].gguf_name, f->gguf_name) == 0 &&
		    jk_families[i].window != JK_WINDOW_NONE)
			return &jk_families[i];
	return f;
}
