#ifndef JK_TRAIN_OPTIMIZER_H
#define JK_TRAIN_OPTIMIZER_H

#include "model/weight_id.h"
#include "nn/lora.h"

/*
 * AdamW over a LoRA arena: gradients, moments, the gradient's norm, clipping.  All
 * of it is done by the device, which need not be waited for: what may not move
 * parameters doesn't (op/clip.h).
 *
 * JK_ADAMW8BIT keeps the moments of tensors of 4096 numbers or more as 8-bit
 * codes, in blocks of JK_MOMENT_BLOCK with a largest magnitude each; smaller
 * tensors stay f32 (Dettmers, Lewis, Shleifer, Zettlemoyer, "8-bit Optimizers
 * via Block-wise Quantization", 2022).
 */
enum jk_optimizer_kind { JK_ADAMW, JK_ADAMW8BIT };

struct jk_optimizer {
	enum jk_optimizer_kind kind;
	double beta1, beta2, eps, weight_decay;
	double max_norm;	/* clipping; 0: none */
	double b_ratio;		/* rate of what is not A over that of A */
	struct jk_dev *dev;
	const struct jk_lora *lora;
	uint64_t grad;		/* [n_params] f32 */
	uint64_t state;		/* moments, as saved */
	uint64_t state_bytes;
	uint64_t partial;	/* [n_partial] */
	uint64_t clipping;	/* struct jk_clipping */
	uint64_t codes;		/* [2 * JK_CODES] f32 */
	uint32_t n_partial;	/* blocks of JK_SUM_BLOCK numbers */
};

/* What is heard of an update when the device has come to it. */
struct jk_update {
	float *partial;		/* [n_partial] */
	uint32_t n_partial;
	struct jk_clipping clipping;
};

/*
 * Defaults of AdamW (0.9, 0.999, 1e-8, no decay), clipping at 1, one rate, which
 * may be changed before the first step; moments are cleared.  lora is borrowed.
 * Errors: JK_ESYS; JK_EUSAGE for an adapter that is too large.
 */
int jk_optimizer_init(struct jk_optimizer *o, enum jk_optimizer_kind kind,
    const struct jk_lora *lora, struct jk_dev *dev, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_optimizer_release(struct jk_optimizer *o);

/* Room for it; before jk_dev_reached has said so it must not be released. */
int jk_update_init(struct jk_update *u, const struct jk_optimizer *o,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_update_release(struct jk_update *u);
/* The norm of its gradient, which is what it has failed of where it has. */
double jk_update_norm(const struct jk_update *u);

/*
 * Set the moments to 0, as they are in the beginning; no update has failed, no
 * loss either.
 */
int jk_optimizer_forget(struct jk_optimizer *o, struct jk_err *err)
	JK_WARN_UNUSED;

/* Set the gradients to 0. */
int jk_optimizer_clear(struct jk_optimizer *o, struct jk_err *err)
	JK_WARN_UNUSED;

/* Name of the first tensor whose gradient is not finite; "" if all are. */
int jk_optimizer_not_finite(struct jk_optimizer *o,
    char name[JK_WEIGHT_NAME_BYTES], struct jk_err *err) JK_WARN_UNUSED;

/*
 * Update the parameters: `step` counted from 1.  A moves by lr, B and magnitudes
 * by b_ratio * lr (LoRA+: Hayou, Ghosh, Yu, "LoRA+: Efficient Low Rank Adaptation
 * of Large Models", 2024, arXiv 2402.12354), with any decay.  Neither parameters
 * nor moments change where the gradient's norm is 0 or not finite, or where a loss
 * was not finite (op/cross_entropy.h), nor in any update after that.  *u is
 * fetched (jk_dev_fetch).
 */
int jk_optimizer_step(struct jk_optimizer *o, uint64_t step, double lr,
    struct jk_update *u, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The codes of the dynamic maps: JK_CODES signed ones, then the unsigned, each
 * ascending (Dettmers, "8-bit Approximations for Parallelism in Deep
 * Learning", 2016; tests/oracle/README.md says how they are built).
 */
void jk_dynamic_codes(float codes[2 * JK_CODES]);

#endif
