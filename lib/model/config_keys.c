#include "model/config_keys.h"

#define LLAMA { "hidden_size", "intermediate_size", "num_hidden_layers", \
	"num_attention_heads", "max_position_embeddings", "rms_norm_eps", \
	"gelu_pytorch_tanh" }

const struct jk_config_keys jk_config_keys[JK_N_NAMINGS] = {
	[JK_NAMING_LLAMA] = LLAMA,
	[JK_NAMING_HUNYUAN] = LLAMA,
	[JK_NAMING_LFM2] = { "hidden_size", "intermediate_size",
		"num_hidden_layers", "num_attention_heads",
		"max_position_embeddings", "norm_eps", NULL },
	[JK_NAMING_GPT2] = { "n_embd", "n_inner", "n_layer", "n_head",
		"n_positions", "layer_norm_epsilon", "gelu_new" },
};
