#ifndef JK_MODEL_ADAPTER_H
#define JK_MODEL_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/config.h"
#include "model/lora_name.h"
#include "model/safetensors.h"
#include "model/weight_id.h"

/*
 * A LoRA adapter as PEFT writes it: a folder with adapter_config.json and
 * adapter_model.safetensors.  Or llama.cpp's GGUF LoRA, which is read into the
 * same form.  It has three kinds of things:
 *
 *	parts	LoRA on a projection, the embedding or the head: A and B, of a
 *		rank and scale of its own, with a magnitude (DoRA) or a bias
 *	saved	whole weights that take the place of the model's
 *	rows	rows of the embedding or the head that do
 *
 * Parts of projections are applied as the model runs (nn/lora.h) or merged into
 * it (model/merge.h); all else becomes the model's own first
 * (model/adapter_take.h).
 */

#define JK_ADAPTER_CONFIG_FILE "adapter_config.json"
#define JK_ADAPTER_WEIGHTS_FILE "adapter_model.safetensors"

enum { JK_MAX_RANK = 65536 };

/* LoRA on a module; tensors are borrowed from the adapter. */
struct jk_lora_part {
	struct jk_weight_id id;	/* what it is on */
	/* A and B; magnitude and bias, or NULL */
	const struct jk_tensor *of[JK_N_LORA_KINDS];
	uint32_t rank;		/* 0: none on this module */
	float scale;		/* jk_lora_scale */
};

struct jk_saved_weight {
	struct jk_weight_id id;
	const struct jk_tensor *tensor;
	/* where the head is the embedding, the other one stays as it is */
	bool is_alone;
};

struct jk_saved_rows {
	enum jk_module module;
	const struct jk_tensor *tensor;	/* [n, hidden_size] */
	const json_t *indices;		/* [n], below vocab_size */
	bool is_alone;
};

struct jk_adapter {
	char *path;		/* of the folder or .gguf file */
	bool is_gguf;
	/* of adapter_config.json, where no pattern says otherwise */
	uint32_t rank;
	double alpha;
	enum jk_lora_variant variant;
	bool has_magnitudes, has_biases;	/* use_dora, lora_bias */
	bool ties;		/* ensure_weight_tying */
	/*
	 * What paths in its adapter_config.json have where the text part's own
	 * have "model."; NULL: that, too
	 */
	const char *root;

	unsigned targets;	/* bits 1 << projection, of any layer */
	uint32_t n_layers;
	struct jk_lora_part *parts;	/* jk_adapter_part finds them */
	struct jk_saved_weight *saved;
	size_t n_saved;
	struct jk_saved_rows rows[2];
	int n_rows;

	json_t *config;		/* adapter_config.json; NULL of GGUF */
	struct jk_safetensors file;
	struct jk_gguf gguf;	/* the rest is the module's own */
	void **copies;
	size_t n_copies;
	char *names;
};

void jk_adapter_close(struct jk_adapter *a);

/* LoRA on a projection of a layer, the embedding or the head; NULL: none. */
const struct jk_lora_part *jk_adapter_part(const struct jk_adapter *a,
    uint32_t layer, enum jk_module module);
/*
 * Those on projections, layer by layer: the one behind `part`, the first with
 * NULL; NULL: no more.
 */
const struct jk_lora_part *jk_adapter_next_part(const struct jk_adapter *a,
    const struct jk_lora_part *part);
/* A matrix of it, or NULL. */
const struct jk_tensor *jk_adapter_tensor(const struct jk_adapter *a,
    uint32_t layer, enum jk_module module, enum jk_lora_kind kind);

/* Whether the adapter has a weight of its own for the model's. */
bool jk_adapter_saves(const struct jk_adapter *a, struct jk_weight_id id);

/*
 * What an adapter has beside A and B of some projections, all of one rank and
 * scale, each in all layers that have the projection: in words for people
 * ("ranks that differ"), NULL where there is nothing.  With may_differ ranks,
 * scales and layers may be any, with may_scale there may be magnitudes.
 */
const char *jk_adapter_beyond(const struct jk_adapter *a,
    const struct jk_config *config, bool may_differ, bool may_scale);

/*
 * Adapters of a model of more than text name its text part's modules from the
 * whole on, "model.language_model.layers.…", or before transformers 4.52
 * "language_model.model.layers.…".  Here they are named as in the part alone:
 * find and set a->root, and rename the file's tensors.  Errors: JK_ESYS.
 */
int jk_adapter_name_in_part(struct jk_adapter *a, struct jk_err *err)
	JK_WARN_UNUSED;
/* Back again, for a tensor that is to be saved, if config is such a part's. */
void jk_adapter_name_in_whole(const struct jk_config *config,
    char name[JK_WEIGHT_NAME_BYTES]);
/* The path of a module in the part, "model.…", as a->config has it. */
void jk_adapter_path(const struct jk_adapter *a, const char *path,
    char out[JK_WEIGHT_NAME_BYTES]);

/* JK_EDATA, of n tensors that have no place in the model; `one` of them. */
int jk_adapter_fail_others(const struct jk_adapter *a,
    const struct jk_config *c, size_t n, const char *one, struct jk_err *err);

#endif
