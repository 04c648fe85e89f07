#ifndef JK_MODEL_CONFIG_KEYS_H
#define JK_MODEL_CONFIG_KEYS_H

#include "model/family.h"

/*
 * What config.json calls the sizes that all families have, and the tanh form
 * of GELU.
 */
struct jk_config_keys {
	const char *hidden_size, *intermediate_size, *n_layers, *n_heads;
	const char *max_position_embeddings, *norm_eps;
	const char *gelu_tanh;
};

extern const struct jk_config_keys jk_config_keys[JK_N_NAMINGS];

#endif
