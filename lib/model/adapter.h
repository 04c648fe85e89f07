#ifndef JK_MODEL_ADAPTER_H
#define JK_MODEL_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "model/safetensors.h"

/*
 * A LoRA adapter as PEFT writes it: a folder with adapter_config.json and
 * adapter_model.safetensors.  Of PEFT's many forms only plain LoRA on the
 * seven projections, with one rank and alpha, is taken.  Or llama.cpp's GGUF
 * LoRA, which is read into the same form.
 */

enum { JK_N_ADAPTER_MODULES = 7 };

/*
 * The modules that LoRA may target, in the order q, k, v, o, gate, up, down:
 * "self_attn.q_proj" …
 */
extern const char *const jk_adapter_modules[JK_N_ADAPTER_MODULES];

struct jk_adapter {
	char *path;		/* of the folder or .gguf file */
	bool is_gguf;
	uint32_t rank;
	double alpha;
	bool rslora;
	float scale;		/* alpha / rank; alpha / sqrt(rank), rsLoRA */
	unsigned targets;	/* bits 1 << index into jk_adapter_modules */
	json_t *config;		/* adapter_config.json; NULL of GGUF */
	struct jk_safetensors file;
	struct jk_gguf gguf;	/* the rest is the module's own */
	void **copies;
	size_t n_copies;
	char *names;
};

/*
 * Open the adapter in a folder, or in a .gguf file, for a model of that
 * configuration: every targeted module has its A [rank, in] and B [out, rank]
 * in every layer, F32, F16 or BF16, all numbers finite, and nothing else is in
 * the file.  Targeted is what adapter_config.json says, as PEFT reads it; of
 * GGUF what the file holds.  Errors: JK_EUSAGE (no such folder or file),
 * JK_ESYS, JK_EDATA naming what is missing, unknown, misshapen, not finite, no
 * target or not supported.
 */
int jk_adapter_open(struct jk_adapter *a, const char *path,
    const struct jk_config *config, struct jk_err *err) JK_WARN_UNUSED;
void jk_adapter_close(struct jk_adapter *a);

/* A (`which` 'A') or B of a targeted module of a layer; borrowed. */
const struct jk_tensor *jk_adapter_tensor(const struct jk_adapter *a,
    uint32_t layer, int module, char which);

#endif
