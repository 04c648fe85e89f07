#ifndef JK_TRAIN_SAVE_H
#define JK_TRAIN_SAVE_H

#include "train/options.h"

/*
 * What a run writes: adapter folders as PEFT has them, and checkpoints.
 * Every file appears whole or not at all, and earlier ones stay on failure.
 */

#define JK_CHECKPOINT_FILE "checkpoint.safetensors"
#define JK_LOG_FILE "log.jsonl"

/* All numbers of a device buffer; to be freed.  NULL: error. */
void *jk_download_new(struct jk_dev *dev, uint64_t address, size_t n,
    struct jk_err *err);

/* DIR/adapter_model.safetensors from the arena.  Errors: JK_ESYS. */
int jk_adapter_save(const char *dir, const struct jk_lora *lora,
    struct jk_dev *dev, struct jk_err *err) JK_WARN_UNUSED;

/* DIR/adapter_config.json; `base` is the model's name or path. */
int jk_adapter_save_config(const char *dir, const struct jk_train_options *o,
    const char *base, struct jk_err *err) JK_WARN_UNUSED;

/* The state of a run behind a step, besides adapter and moments. */
struct jk_train_state {
	uint64_t step;		/* steps done */
	uint32_t max_rows;	/* limit of a pack */
	double lr;		/* that a range test found; 0: none was made */
	bool has_best;
	double best;		/* lowest loss of an evaluation */
	uint64_t best_step;
	uint32_t n_worse;	/* evaluations since */
	bool owes_evaluation;	/* of the last step, which was interrupted */
	double log_loss;	/* sum of losses since the last log line */
	uint64_t log_tokens;	/* supervised tokens of them */
	double log_weight;	/* and the sum of their weights */
	double smoothed;	/* loss, for people */
	double grad_norm;	/* of the last step */
	uint64_t log_bytes;	/* of log.jsonl */
	double seconds;
};

/*
 * Write DIR/checkpoint.safetensors: this rename is what commits a step.
 * identity: what a resumed run must agree with.
 */
int jk_checkpoint_save(const char *dir, const struct jk_train_state *state,
    const json_t *identity, const struct jk_optimizer *o, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Load it into the arena and the optimizer's state.  Returns 1, 0 when there is
 * none, -1.  Errors: JK_EDATA for a damaged file; JK_EUSAGE, naming the
 * setting, when the identity differs; JK_ESYS.
 */
int jk_checkpoint_load(const char *dir, struct jk_train_state *state,
    const json_t *identity, struct jk_optimizer *o, struct jk_err *err) JK_WARN_UNUSED;
/* Only the state; for planning before memory is allocated. */
int jk_checkpoint_peek(const char *dir, struct jk_train_state *state,
    const json_t *identity, struct jk_err *err) JK_WARN_UNUSED;

#endif
