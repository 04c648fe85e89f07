#ifndef JK_TRAIN_WORKSPACE_H
#define JK_TRAIN_WORKSPACE_H

#include "dev/plan.h"
#include "nn/block.h"
#include "train/pack.h"

/*
 * The memory that a pack's pass forward and back needs, planned from numbers
 * alone, and the pass itself.
 *
 * Kept from forward to back, per layer: the residual stream (x, mid), what the
 * layer's blocks keep (nn/block.h), LoRA's inner results and dropout masks,
 * DoRA's outputs before they are scaled.
 * Norms and activations are recomputed.  With JK_RECOMPUTE_LAYER only x is
 * kept, and each layer is run again, with the same bits, before its way back.
 */
enum jk_recompute { JK_RECOMPUTE_NONE, JK_RECOMPUTE_LAYER };

struct jk_workspace_shape {
	const struct jk_config *config;
	uint32_t type;		/* of activations: JK_F32 or JK_BF16 */
	const struct jk_lora *lora;	/* only its shape is asked for */
	struct jk_pack_size max;	/* of a pack */
	enum jk_recompute recompute;
	bool dropout;
	/* what suits a device (jk_workspace_suit), else 0 */
	bool splits;		/* struct jk_dev's */
	uint32_t head_shares;	/* nn/head.h */
	uint64_t logits_bytes;	/* of a chunk of the head */
	bool weighted;		/* packs have weights that are not all 1 */
};

/*
 * The head's chunks are of some hundred rows on a CPU, whose caches they pass
 * through; of thousands where a device splits sums, as the memory for all of it
 * allows.
 */
void jk_workspace_suit(struct jk_workspace_shape *shape,
    const struct jk_dev *dev, uint64_t memory_bytes);

/* Points into itself once planned: it must not move. */
struct jk_workspace {
	struct jk_workspace_shape shape;
	struct jk_plan plan;
	uint32_t chunk;		/* rows of the head at a time */
	struct jk_layer_buffers shared;	/* what is no layer's own */
	struct jk_layer_buffers *layers;	/* [n_layers + 1]; of the last, x */
	uint64_t rows, heads, targets, losses;
	uint64_t weights;	/* as targets; 0 where none are wanted */
	uint64_t hidden, normed, logits, shares;
	uint64_t per_layer, per_layer_work;	/* struct jk_pass's */
};

/*
 * Enter and place every buffer.  shape->lora is asked nothing afterwards.
 * Errors: JK_ESYS.
 */
int jk_workspace_plan(struct jk_workspace *w,
    const struct jk_workspace_shape *shape, struct jk_err *err)
	JK_WARN_UNUSED;

/* Allocate what was planned.  Errors: JK_ESYS. */
int jk_workspace_alloc(struct jk_workspace *w, struct jk_dev *dev,
    struct jk_err *err) JK_WARN_UNUSED;
/* dev may be NULL when nothing was allocated. */
void jk_workspace_release(struct jk_workspace *w, struct jk_dev *dev);

/*
 * One pack: forward, loss, and with pass->grad back.  pass gives weights, use,
 * lora, dropout, noise, grad and clipping; the rest of it is filled here.  scale
 * multiplies the gradient of the sum of losses, each times its weight.  Losses
 * of the pack's heads are fetched (jk_dev_fetch), [n_heads].
 */
int jk_workspace_run(struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack, float scale, float *losses,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * After a run whose loss was not finite: "the embedding", "the output of layer
 * 3" or "the logits", the first that is not finite when the pack is passed forward
 * again.
 */
int jk_workspace_diagnose(struct jk_workspace *w, const struct jk_pass *pass,
    const struct jk_pack *pack, struct jk_buf *where, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
