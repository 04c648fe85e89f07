#ifndef JK_NN_LORA_H
#define JK_NN_LORA_H

#include "dev/dev.h"
#include "model/adapter.h"
#include "model/model.h"
#include "nn/layer.h"

/*
 * LoRA on a device, as the decoder applies it: y += scale * B A x for every
 * targeted projection.  A and B, and the magnitudes where DoRA is trained, are
 * f32, in one arena: layer by layer, group by group, kind by kind, the targeted
 * projections in their order.
 *
 * So the A of a group are stacked, and one lora_down serves them:
 * at[JK_LORA_A][0] is [n_proj * R, K].  So are the B, one [N, R] behind the
 * other, and one lora_up serves them.  R is the group's largest rank.  A matrix of
 * a smaller one has zeros behind it, rows of A and columns of B, which change no
 * sum; nor does training change them, as the gradient of either is a multiple of
 * the other.
 *
 * DoRA multiplies the outputs, before any bias, by factor = magnitude /
 * |W + scale B A|, which is computed as an adapter is loaded, and in training
 * before each step (nn/dora.h).
 */
struct jk_lora_group {
	int n_proj;			/* targeted here; 0: none */
	enum jk_module proj[JK_GROUP_MAX];	/* ascending */
	uint32_t rank;			/* R */
	float scale[JK_GROUP_MAX];	/* of proj[i]: jk_lora_scale */
	uint64_t at[JK_N_LORA_TRAINED][JK_GROUP_MAX];	/* of proj[i]; f32 */
	/* [jk_group_n] f32, or 0: */
	uint64_t bias;			/* where the weights have none */
	uint64_t factor;		/* of DoRA; 1 of what is not targeted */
	uint64_t norm;			/* |W + scale B A|, in training */
};

/*
 * A matrix of the arena.  Of its n_rows (A) or n_columns (B) only the first
 * `rank` are the projection's own.  Magnitudes are one column.
 */
struct jk_lora_tensor {
	uint32_t layer;
	enum jk_module proj;
	enum jk_lora_kind kind;
	uint64_t at, n;		/* first number in the arena, and how many */
	uint32_t n_rows, n_columns;
	uint32_t rank;
};

/* What a projection of a layer gets; rank 0: nothing. */
struct jk_lora_size {
	uint32_t rank;
	float scale;		/* jk_lora_scale */
};

struct jk_lora {
	const struct jk_config *config;	/* the model's, borrowed */
	struct jk_lora_group (*layers)[JK_N_GROUPS];	/* [n_layers] */
	struct jk_lora_tensor *tensors;	/* in the arena's order */
	size_t n_tensors;
	uint64_t arena;		/* what the addresses above point into */
	uint64_t n_params;	/* f32 numbers in the arena */
	bool has_magnitudes;	/* the arena has: DoRA is trained */
	uint64_t vectors;	/* what bias, factor and norm point into */
	uint64_t n_vectors;	/* f32 numbers there */
};

/*
 * Lay out and allocate the arena (not cleared) for what `sizes` [n_layers,
 * JK_N_PROJS] says; with `magnitudes` room for those, factors and norms, too.
 * Errors: JK_ESYS.
 */
int jk_lora_init(struct jk_lora *lora, const struct jk_config *config,
    const struct jk_lora_size *sizes, bool magnitudes, struct jk_dev *dev,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_lora_release(struct jk_lora *lora, struct jk_dev *dev);

/* Fill the arena from an adapter of its shape.  Errors: JK_ESYS. */
int jk_lora_fill(struct jk_lora *lora, const struct jk_adapter *adapter,
    struct jk_dev *dev, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Where random numbers of a projection begin: sites are distinct, for dropout's
 * masks and the adapter's first values (op/dropout_mask.h).  Eight projections
 * of all layers come first, so that theirs stay where they were.
 */
static inline uint32_t
jk_lora_site(uint32_t layer, enum jk_module proj)
{
	return 8 * ((uint32_t)proj / 8 * JK_MAX_LAYERS + layer) +
	    (uint32_t)proj % 8;
}

/*
 * Words that a row has of the dropout masks of a layer's targeted projections, of
 * the groups before `group`: those of a layer stand group by group.
 */
uint64_t jk_mask_words(const struct jk_lora *lora, uint32_t layer, int group);

/*
 * An opened adapter on a device, for the model that took it
 * (model/adapter_take.h) and has its data still.  Errors: JK_ESYS; JK_EDATA
 * (jk_lora_factors's).
 */
int jk_lora_load(struct jk_lora *lora, const struct jk_adapter *adapter,
    const struct jk_model *model, struct jk_dev *dev, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
