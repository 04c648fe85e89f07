#include "model/lora_name.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *peft, *embedding, *gguf;
	bool is_module;		/* of torch, whose parameter has a name */
} lora_kinds[JK_N_LORA_KINDS] = {
	[JK_LORA_A] = { "lora_A", "lora_embedding_A", "lora_a", true },
	[JK_LORA_B] = { "lora_B", "lora_embedding_B", "lora_b", true },
	[JK_LORA_MAGNITUDE] = { "lora_magnitude_vector",
	    "lora_magnitude_vector", NULL, false },
	[JK_LORA_BIAS] = { "lora_B.bias", "lora_embedding_B.bias", NULL,
	    false },
};

const char *
jk_lora_kind_name(enum jk_module module, enum jk_lora_kind kind)
{
	return module == JK_MODULE_EMBEDDING ? lora_kinds[kind].embedding :
	    lora_kinds[kind].peft;
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
jk_lora_name(const struct jk_config *c, uint32_t layer, enum jk_module module,
    enum jk_lora_kind kind, char out[JK_WEIGHT_NAME_BYTES])
{
	const bool is_module = lora_kinds[kind].is_module &&
	    module != JK_MODULE_EMBEDDING;
	char name[JK_WEIGHT_NAME_BYTES];

	jk_weight_module(c, (struct jk_weight_id){ module, layer, false },
	    name);
	snprintf(out, JK_WEIGHT_NAME_BYTES, JK_LORA_WRAPPED "%.*s.%s%s",
	    (int)strlen(name), name, jk_lora_kind_name(module, kind),
	    is_module ? ".weight" : "");
}

void
jk_lora_saved_name(const struct jk_config *c, struct jk_weight_id id,
    bool is_target, char out[JK_WEIGHT_NAME_BYTES])
{
	char name[JK_WEIGHT_NAME_BYTES], *last;

	jk_weight_name(c, id, name);
	last = strrchr(name, '.');
	snprintf(out, JK_WEIGHT_NAME_BYTES, JK_LORA_WRAPPED "%.*s%s%s",
	    (int)(last - name), name, is_target ? ".base_layer" : "", last);
}

void
jk_lora_gguf_name(const struct jk_config *c, uint32_t layer,
    enum jk_module proj, enum jk_lora_kind kind,
    char out[JK_WEIGHT_NAME_BYTES])
{
	char name[JK_WEIGHT_NAME_BYTES];

	jk_weight_gguf_name(c, (struct jk_weight_id){ proj, layer, false },
	    name);
	snprintf(out, JK_WEIGHT_NAME_BYTES, "%.*s.%s", (int)strlen(name), name,
	    lora_kinds[kind].gguf);
}
