#ifndef JK_MODEL_ADAPTER_H
#define JK_MODEL_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "model/module.h"
#include "model/safetensors.h"

/*
 * A LoRA adapter as PEFT writes it: a folder with adapter_config.json and
 * adapter_model.safetensors.  Of PEFT's many forms only plain LoRA on
 * projections (model/module.h), with one rank and alpha, is taken.  Or
 * llama.cpp's GGUF LoRA, which is read into the same form.
 */

#define JK_ADAPTER_CONFIG_FILE "adapter_config.json"
#define JK_ADAPTER_WEIGHTS_FILE "adapter_model.safetensors"

enum { JK_MAX_RANK = 65536 };

struct jk_adapter {
	char *path;		/* of the folder or .gguf file */
	bool is_gguf;
	uint32_t rank;
	double alpha;
	enum jk_lora_variant variant;
	float scale;		/* jk_lora_scale */
	unsigned targets;	/* bits 1 << projection */
	json_t *config;		/* adapter_config.json; NULL of GGUF */
	/*
	 * Made for a model of more than text: what stands for "model." in names
	 * (family.h); else NULL
	 */
	const char *whole_prefix;
	struct jk_safetensors file;
	struct jk_gguf gguf;	/* the rest is the module's own */
	void **copies;
	size_t n_copies;
	char *names;
};

void jk_adapter_close(struct jk_adapter *a);

/* A matrix of a targeted projection of a layer; borrowed. */
const struct jk_tensor *jk_adapter_tensor(const struct jk_adapter *a,
    uint32_t layer, enum jk_module proj, enum jk_lora_kind kind);

/* JK_EDATA, of n tensors that have no place in the model; `one` of them. */
int jk_adapter_fail_others(const struct jk_adapter *a,
    const struct jk_config *c, size_t n, const char *one, struct jk_err *err);

#endif
