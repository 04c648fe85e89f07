#ifndef JK_NN_BUFFERS_H
#define JK_NN_BUFFERS_H

#include "dev/plan.h"
#include "nn/block.h"

/*
 * A layer's buffers in a memory plan: walks over the tables of its blocks.
 */
struct jk_buffers {
	struct jk_plan *plan;
	const struct jk_config *config;
	uint32_t type;		/* of activations: JK_F32 or JK_BF16 */
	uint32_t n_rows;	/* of a pass, at most */
	const struct jk_lora *lora;	/* NULL: none */
	bool dropout;
	bool splits;	/* struct jk_dev's */
};

/* Bytes of one number of each row, times `width`. */
uint64_t jk_buffers_bytes(const struct jk_buffers *b, uint64_t width);

/* Of a layer, or with JK_ALL_LAYERS of all together: as the largest needs. */
enum { JK_ALL_LAYERS = -1 };

/*
 * Enter a block's buffers of some lives (bits 1 << jk_buffer_life), and with
 * JK_BUFFER_KEPT LoRA's z and u of its groups, for the steps first …
 * last.  Their addresses go to *to.  Errors: JK_ESYS.
 */
int jk_buffers_plan(const struct jk_buffers *b, enum jk_block_id block,
    unsigned lives, int layer, int first, int last,
    struct jk_layer_buffers *to, struct jk_err *err) JK_WARN_UNUSED;

/* The same for a layer's dropout masks. */
int jk_buffers_plan_masks(const struct jk_buffers *b, int layer, int first,
    int last, struct jk_layer_buffers *to, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The inputs of per-layer embeddings, for the steps first … last, of which they
 * are computed in the first.
 */
int jk_buffers_plan_inputs(const struct jk_buffers *b, int first, int last,
    uint64_t *per_layer, uint64_t *work, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The same for what all groups share on the ways of training, of which that
 * back begins with the step `back`: dz, du, dropped, partial.
 */
int jk_buffers_plan_lora(const struct jk_buffers *b, int back, int last,
    struct jk_layer_buffers *to, struct jk_err *err) JK_WARN_UNUSED;

#endif
