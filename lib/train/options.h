#ifndef JK_TRAIN_OPTIONS_H
#define JK_TRAIN_OPTIONS_H

#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/workspace.h"

/* What decides about a run, with DESIGN's defaults. */
struct jk_train_options {
	double lr;
	enum jk_schedule_kind schedule;
	int64_t warmup_steps;	/* -1: by the ratio */
	double warmup_ratio;
	uint64_t max_steps;	/* 0: by epochs */
	uint32_t epochs;
	uint32_t batch, accumulate;	/* effective batch: their product */
	uint32_t rank;
	double alpha, dropout;
	unsigned targets;	/* bits 1 << jk_proj */
	bool rslora;
	enum jk_optimizer_kind optimizer;
	enum jk_recompute recompute;
	bool share_prefix, shuffle;
	uint64_t memory_bytes;	/* that the run may use; 0: most of the device's */
	uint64_t eval_every;	/* steps; 0: each epoch */
	uint64_t save_every;	/* steps; 0: each epoch */
	uint32_t patience;	/* evaluations without a better one; 0: any */
	uint64_t log_every;
	uint64_t seed;
};

#define JK_TRAIN_DEFAULTS { .lr = 1e-4, .warmup_steps = -1, \
	.warmup_ratio = 0.03, .epochs = 2, .batch = 2, .accumulate = 4, \
	.rank = 8, .alpha = 16, .dropout = 0.05, \
	.targets = (1u << JK_N_PROJS) - 1, .share_prefix = true, \
	.shuffle = true, .log_every = 1 }

/* "q_proj,v_proj" or "q,v" → bits.  Errors: JK_EUSAGE. */
int jk_train_targets(const char *list, unsigned *targets, struct jk_err *err)
	JK_WARN_UNUSED;

/* scale of LoRA: alpha / rank, or alpha / sqrt(rank) with rsLoRA. */
float jk_train_scale(const struct jk_train_options *o);

/* Steps of a run, and of one epoch, on n records. */
uint64_t jk_train_steps(const struct jk_train_options *o, size_t n,
    uint64_t *per_epoch);

/* The schedule of a run of that many steps. */
struct jk_schedule jk_train_schedule(const struct jk_train_options *o,
    uint64_t n_steps);

/*
 * Everything that changes the result, as an object of named values; a new
 * reference, NULL without memory.
 */
json_t *jk_train_settings(const struct jk_train_options *o);

#endif
