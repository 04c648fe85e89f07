#ifndef JK_NN_INFERENCE_H
#define JK_NN_INFERENCE_H

#include "dev/plan.h"
#include "nn/block.h"

/*
 * Passes without a way back: one set of activations that all layers share,
 * and, for generation, what each layer keeps of earlier tokens.
 * It points into itself: it must not move.
 */
struct jk_inference {
	const struct jk_weights *weights;
	const struct jk_lora *lora;	/* NULL: none */
	uint32_t max_rows;	/* of a pass */
	uint32_t max_heads;	/* rows of logits of a pass */
	uint32_t n_keys;	/* key rows of the cache; 0: no cache */
	struct jk_cache cache;
	struct jk_plan plan;
	/* device addresses */
	struct jk_layer_buffers buffers;	/* of all layers */
	uint64_t *states;	/* [n_layers] with a cache */
	uint64_t *kv;		/* [n_layers] attention.kv without one */
	uint64_t per_layer, per_layer_work;
	uint64_t rows, kv_rows, index, hidden;
	uint64_t logits;	/* [max_heads, V] f32 */
	uint32_t *host_words;	/* [max_rows] */
};

/*
 * Plan and allocate.  weights and lora are borrowed; cache NULL: each pass is
 * whole.  Errors: JK_ESYS, with what would be needed.
 */
int jk_inference_init(struct jk_inference *f, const struct jk_weights *weights,
    const struct jk_lora *lora, uint32_t max_rows, uint32_t max_heads,
    const struct jk_cache *cache, struct jk_err *err) JK_WARN_UNUSED;
void jk_inference_release(struct jk_inference *f);

/*
 * One pass over n rows; then the head on the n_heads rows of the pass that
 * `heads` numbers: their logits are at f->logits, in that order.
 */
int jk_inference_run(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const struct jk_row *rows, uint32_t n,
    const uint32_t *heads, uint32_t n_heads, struct jk_err *err)
	JK_WARN_UNUSED;

/*
 * The same in two steps, for heads in chunks: the pass, then the head on rows
 * of its result as often as wanted.
 */
int jk_inference_pass(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const struct jk_row *rows, uint32_t n, struct jk_err *err)
	JK_WARN_UNUSED;
int jk_inference_head(struct jk_inference *f, enum jk_weight_use use,
    bool rowwise, const uint32_t *heads, uint32_t n_heads,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
