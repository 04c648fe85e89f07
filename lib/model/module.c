#include "model/module.h"

#include <stdio.h>

const char *const jk_adapter_modules[JK_N_ADAPTER_MODULES] = {
	"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
	"self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"
};

const char *
jk_lora_kind_name(enum jk_lora_kind kind)
{
	static const char *const names[JK_N_LORA_KINDS] = {
		[JK_LORA_A] = "lora_A", [JK_LORA_B] = "lora_B"
	};

	return names[kind];
}

void
jk_adapter_tensor_name(uint32_t layer, int module, enum jk_lora_kind kind,
    char *out, size_t n)
{
	snprintf(out, n, "base_model.model.model.layers.%u.%s.%s.weight",
	    layer, jk_adapter_modules[module], jk_lora_kind_name(kind));
}

void
jk_module_shape(const struct jk_config *c, int module, uint64_t *in,
    uint64_t *out)
{
	uint64_t q = (uint64_t)c->n_heads * c->head_dim;
	uint64_t kv = (uint64_t)c->n_kv_heads * c->head_dim;
	const uint64_t shapes[JK_N_ADAPTER_MODULES][2] = {
		{ c->hidden_size, q }, { c->hidden_size, kv },
		{ c->hidden_size, kv }, { q, c->hidden_size },
		{ c->hidden_size, c->intermediate_size },
		{ c->hidden_size, c->intermediate_size },
		{ c->intermediate_size, c->hidden_size },
	};

	*in = shapes[module][0];
	*out = shapes[module][1];
}
