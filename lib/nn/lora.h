#ifndef JK_NN_LORA_H
#define JK_NN_LORA_H

#include "model/adapter.h"
#include "nn/weights.h"

/*
 * LoRA matrices on a device, as the decoder applies them: y += scale * B A x
 * for every targeted projection.  All f32, one rank.
 *
 * The A of a group's targeted projections are stacked, so that one lora_down
 * serves them: a [n_proj * R, K]; each has its own b [N, R].
 */
struct jk_lora_group {
	int n_proj;			/* targeted here; 0: none */
	enum jk_proj proj[JK_GROUP_MAX];	/* ascending */
	uint64_t a;			/* [n_proj * R, K] f32 */
	uint64_t b[JK_GROUP_MAX];	/* [N of proj[i], R] f32 */
};

struct jk_lora {
	uint32_t rank;
	float scale;		/* alpha / R; alpha / sqrt(R) with rsLoRA */
	uint32_t n_layers;
	struct jk_lora_group (*layers)[JK_N_GROUPS];	/* [n_layers] */
	uint64_t arena;		/* what the addresses above point into */
	uint64_t n_params;	/* f32 numbers in the arena */
};

/*
 * Where a projection's matrices stand in the arena, in f32 numbers: layer by
 * layer, group by group: the A of its targeted projections, then their B.
 * A projection that is not targeted has n_a = 0.
 */
struct jk_lora_place {
	uint64_t a, n_a;	/* [R, K] */
	uint64_t b, n_b;	/* [N, R] */
};

/*
 * Lay out and allocate the arena (not cleared) for the projections in
 * `targets` (bits 1 << jk_proj).  Errors: JK_ESYS.
 */
int jk_lora_init(struct jk_lora *lora, const struct jk_config *config,
    uint32_t rank, float scale, unsigned targets, struct jk_dev *dev,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_lora_release(struct jk_lora *lora, struct jk_dev *dev);

/* The layout alone, without memory on a device: for plans. */
int jk_lora_shape(struct jk_lora *lora, const struct jk_config *config,
    uint32_t rank, float scale, unsigned targets, struct jk_err *err)
	JK_WARN_UNUSED;

struct jk_lora_place jk_lora_place(const struct jk_lora *lora,
    const struct jk_config *config, uint32_t layer, enum jk_proj proj);

/*
 * An opened adapter on a device; its targets' bits are those of jk_proj.
 * Errors: JK_ESYS.
 */
int jk_lora_load(struct jk_lora *lora, const struct jk_adapter *adapter,
    const struct jk_config *config, struct jk_dev *dev, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
