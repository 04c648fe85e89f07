#ifndef JK_TRAIN_SHAPE_H
#define JK_TRAIN_SHAPE_H

#include "nn/lora.h"

/*
 * The shape of a new adapter: which layers have LoRA, and of what rank and
 * alpha its projections are.
 */
struct jk_train_shape {
	/* --layers, --rank-pattern, --alpha-pattern, as given, or NULL */
	const char *layer_list, *rank_list, *alpha_list;
	/* of jk_train_shape_settle: the model's, borrowed; what is common */
	const struct jk_config *config;
	unsigned targets;	/* bits 1 << jk_module */
	uint32_t rank;
	double alpha;
	bool has_layer[JK_MAX_LAYERS];	/* [n_layers] */
	uint32_t ranks[JK_N_PROJS];	/* of targets */
	double alphas[JK_N_PROJS];
};

/* Take the lists apart.  Errors: JK_EUSAGE. */
int jk_train_shape_settle(struct jk_train_shape *s,
    const struct jk_config *config, unsigned targets, uint32_t rank,
    double alpha, struct jk_err *err) JK_WARN_UNUSED;

/*
 * What each projection of each layer gets, for jk_lora_init; to be freed.
 * NULL: JK_ESYS.
 */
struct jk_lora_size *jk_train_sizes(const struct jk_train_shape *s,
    enum jk_lora_variant variant, struct jk_err *err) JK_WARN_UNUSED;

/*
 * As PEFT's configuration has them: layers_to_transform, a list or null;
 * rank_pattern and alpha_pattern, objects of names of targets.  New references;
 * NULL without memory.
 */
json_t *jk_train_layers_json(const struct jk_train_shape *s);
json_t *jk_train_ranks_json(const struct jk_train_shape *s);
json_t *jk_train_alphas_json(const struct jk_train_shape *s);

#endif
