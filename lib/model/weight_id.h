#ifndef JK_MODEL_WEIGHT_ID_H
#define JK_MODEL_WEIGHT_ID_H

#include "model/module.h"

/* The weights of a model: their names, and all of them in their order. */

/*
 * Room for a name; the longest takes 90 bytes, in a model of more than text 105.
 */
enum { JK_WEIGHT_NAME_BYTES = 128 };

/* A weight of a model. */
struct jk_weight_id {
	enum jk_module module;
	uint32_t layer;		/* 0 of modules that are of no layer */
	bool is_bias;
};

/* Hugging Face's name, "model.layers.3.self_attn.q_proj.weight". */
void jk_weight_name(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES]);
/* What it is a parameter of, "model.layers.3.self_attn.q_proj". */
void jk_weight_module(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES]);
/* Of a weight's name: false where it names none of this model. */
bool jk_weight_parse(const struct jk_config *c, const char *name,
    struct jk_weight_id *id);
/*
 * Whether files may have it although the model does not use it: keys and values
 * of a layer that shares another's, by Hugging Face's name or GGUF's.
 */
bool jk_weight_is_spare(const struct jk_config *c, const char *name);
/* GGUF's name, "blk.3.attn_q.weight". */
void jk_weight_gguf_name(const struct jk_config *c, struct jk_weight_id id,
    char out[JK_WEIGHT_NAME_BYTES]);

/*
 * Calls `use` for every weight that a configuration asks for, in the order of
 * jk_model.tensors before they are sorted; stops at the first that returns not
 * 0 and returns that.
 */
int jk_weights_each(const struct jk_config *config, int (*use)(void *ctx,
    struct jk_weight_id id, const char *name, unsigned n_dims,
    const uint64_t *shape), void *ctx);
/* How many there are. */
size_t jk_weights_count(const struct jk_config *config);

#endif
