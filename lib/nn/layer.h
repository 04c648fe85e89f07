#ifndef JK_NN_LAYER_H
#define JK_NN_LAYER_H

#include "model/module.h"

/*
 * What layers are made of, from a configuration alone: each has a kind, a kind
 * has blocks, and a block has groups of projections (model/module.h).
 */

/* What is added to the residual stream, in nn/<block>.c. */
enum jk_block_id { JK_BLOCK_ATTENTION, JK_BLOCK_DELTA, JK_BLOCK_SHORT_CONV,
	JK_BLOCK_MLP, JK_BLOCK_PER_LAYER, JK_N_BLOCKS };

/* First what mixes tokens, then what each goes through alone: at most */
enum { JK_LAYER_BLOCKS = 3 };

/* How many a layer has, and which is its i-th. */
int jk_layer_n_blocks(const struct jk_config *c);
enum jk_block_id jk_layer_block(const struct jk_config *c, uint32_t layer,
    int i);
bool jk_layer_has_group(const struct jk_config *c, uint32_t layer,
    enum jk_group group);
bool jk_layer_has_block(const struct jk_config *c, uint32_t layer,
    enum jk_block_id block);
/* Whether any layer has the block. */
bool jk_config_has_block(const struct jk_config *c, enum jk_block_id block);

enum jk_block_id jk_group_block(enum jk_group group);
/* For people: "q, k, v". */
const char *jk_group_name(enum jk_group group);
/*
 * Of a group in a layer: its first projection, and how many it has there; they
 * are numbered one after the other.
 */
enum jk_module jk_group_first(const struct jk_config *c, uint32_t layer,
    enum jk_group group);
int jk_group_size(const struct jk_config *c, uint32_t layer,
    enum jk_group group);

/* Outputs of a projection, and the first column of it in its group's rows. */
uint32_t jk_proj_n(const struct jk_config *c, uint32_t layer,
    enum jk_module proj);
uint32_t jk_proj_column(const struct jk_config *c, uint32_t layer,
    enum jk_module proj);
/* Width of a group's output rows, and of its input rows. */
uint32_t jk_group_n(const struct jk_config *c, uint32_t layer,
    enum jk_group group);
uint32_t jk_group_k(const struct jk_config *c, uint32_t layer,
    enum jk_group group);

#endif
