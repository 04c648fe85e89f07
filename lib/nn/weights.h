#ifndef JK_NN_WEIGHTS_H
#define JK_NN_WEIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "dev/dev.h"
#include "model/model.h"

/*
 * A model's weights on a device, in the forms that a tool needs.
 *
 * Projections that share their input form a group and are one matrix where
 * the device can stack them (same type and k): q, k, v; gate, up.  Where it
 * cannot, the group has several parts, in the same order.  Either way the
 * outputs of a group stand side by side in one row: [T, (H + 2G) D] for q, k,
 * v; [T, 2F] for gate, up.
 */

enum jk_proj {
	JK_PROJ_Q, JK_PROJ_K, JK_PROJ_V, JK_PROJ_O, JK_PROJ_GATE, JK_PROJ_UP,
	JK_PROJ_DOWN, JK_N_PROJS
};

enum jk_group {
	JK_GROUP_QKV, JK_GROUP_O, JK_GROUP_GATE_UP, JK_GROUP_DOWN, JK_N_GROUPS
};

enum { JK_GROUP_MAX = 3 };	/* projections of a group, at most */

/* Name in the model and in PEFT ("q_proj"); the group a projection is in. */
const char *jk_proj_name(enum jk_proj proj);
enum jk_group jk_proj_group(enum jk_proj proj);
/* First projection of a group and how many it has. */
enum jk_proj jk_group_first(enum jk_group group);
int jk_group_size(enum jk_group group);

/* Outputs of a projection, and the first column of it in its group's rows. */
uint32_t jk_proj_n(const struct jk_config *c, enum jk_proj proj);
uint32_t jk_proj_column(const struct jk_config *c, enum jk_proj proj);
/* Width of a group's output rows, and of its input rows. */
uint32_t jk_group_n(const struct jk_config *c, enum jk_group group);
uint32_t jk_group_k(const struct jk_config *c, enum jk_group group);

/* A group's matrices: part i's outputs begin at column[i]. */
struct jk_matrix {
	int n_parts;
	struct jk_weight parts[JK_GROUP_MAX];
	uint32_t column[JK_GROUP_MAX];
};

struct jk_layer_weights {
	struct jk_matrix groups[2][JK_N_GROUPS];	/* by jk_weight_use */
	uint64_t qkv_bias;	/* [(H + 2G) D] f32, or 0 */
	uint64_t q_norm, k_norm;	/* [D] f32, or 0 */
	/* [C] f32; the names of Llama: before attention, before the
	 * feed-forward part; and Gemma's behind each, or 0 */
	uint64_t attn_norm, mlp_norm, attn_post_norm, mlp_post_norm;
};

struct jk_weights {
	struct jk_dev *dev;
	const struct jk_config *config;
	enum jk_precision precision;
	uint32_t type;		/* of activations: JK_F32 or JK_BF16 */
	unsigned uses;		/* bits 1 << jk_weight_use that are loaded */
	struct jk_weight embedding;	/* [V, C] for look-ups */
	struct jk_matrix head[2];	/* [V, C], by jk_weight_use */
	uint64_t norm;		/* [C] f32, the last norm */
	struct jk_layer_weights *layers;
	/* cosines and sines as jk_rope wants them; local is that of Gemma's
	 * sliding layers, the same as global elsewhere */
	uint64_t rope_global, rope_local;
	uint32_t n_positions;	/* of the tables */
	float embedding_scale;	/* in the precision's type */

	uint64_t *owned;	/* vectors and tables that release frees */
	int n_owned;
};

/*
 * Put a model's weights on a device.  `uses` has a bit (1 << use) for every
 * form that will be needed; with the wrong one a pass fails.  n_positions is
 * how long a sequence may get.  The model must outlive the weights (a device
 * may point into its mapped files).  Matrices belong to the device until it
 * is closed.
 * Errors: JK_EDATA (a tensor's type), JK_ESYS (memory; the message says how
 * much was wanted), JK_EDEVICE.
 */
int jk_weights_load(struct jk_weights *w, const struct jk_model *model,
    struct jk_dev *dev, enum jk_precision precision, unsigned uses,
    uint32_t n_positions, struct jk_err *err) JK_WARN_UNUSED;
void jk_weights_release(struct jk_weights *w);

/*
 * Free the model's own copies of tensors that the device has taken into its
 * memory; such tensors have no data then.  For who loads weights once.
 */
void jk_weights_drop_copies(const struct jk_weights *w, struct jk_model *model);

/*
 * Cosines and sines [n_positions, D / 2, 2] in f32, computed in f64 with the
 * configuration's scaling; local: with rope_local_theta and without scaling.
 */
void jk_rope_fill(const struct jk_config *config, bool local,
    uint32_t n_positions, float *table);

/* Bytes of an activation. */
static inline uint32_t
jk_weights_act_bytes(const struct jk_weights *w)
{
	return w->type == JK_BF16 ? 2 : 4;
}

#endif
