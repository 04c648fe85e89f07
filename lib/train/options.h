#ifndef JK_TRAIN_OPTIONS_H
#define JK_TRAIN_OPTIONS_H

#include "base/opt.h"
#include "model/adapter.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/shape.h"
#include "train/workspace.h"

enum { JK_MOST_SHARES = 1024 };

/* Of what travels between ranks (train/replica.h, net/tree.h). */
enum jk_compression { JK_COMPRESSION_NONE, JK_COMPRESSION_INT8 };

/*
 * What decides about a run and its memory: jk-train's options, and jk-info's
 * with --train, so that both print the same plan.  All that is known of one,
 * its type, range, default and help, stands in its row of one of three tables.
 */
struct jk_train_options {
	/* settings: another value makes another run */
	double lr;		/* NaN: that of a range test (train/range_test.h) */
	enum jk_schedule_kind schedule;
	int64_t warmup_steps;	/* -1: by the ratio */
	double warmup_ratio;
	uint64_t max_steps;	/* 0: by epochs */
	uint32_t epochs;
	uint32_t batch, accumulate;	/* effective batch: their product */
	uint32_t rank;
	double alpha, dropout;
	const char *target_list;	/* as given, or NULL */
	bool rslora;
	enum jk_optimizer_kind optimizer;
	bool shuffle;
	uint64_t eval_every;	/* steps; 0: each epoch */
	uint64_t save_every;	/* steps; 0: each epoch */
	uint32_t patience;	/* evaluations without a better one; 0: any */
	uint64_t log_every;
	uint64_t seed;
	/* the recipe: settings beyond those of the first version */
	double beta1, beta2, eps, weight_decay;
	double max_grad_norm;	/* clipping; 0: none */
	double loraplus_lr_ratio;	/* rate of B over that of A */
	double neftune_noise_alpha;	/* 0: no noise */
	bool dora;		/* magnitudes are trained, too */
	double max_memorised;	/* at an evaluation; 1: any (train/recited.h) */
	uint32_t shares;	/* of a step, summed each by itself */
	uint64_t local_steps;	/* that shares take apart; 0: none */
	enum jk_compression compression;
	bool mixed;		/* ranks may differ in the last bits */
	struct jk_train_shape shape;
	/* files and memory */
	const char *eval_path, *init_path;	/* or NULL */
	enum jk_recompute recompute;
	uint64_t memory_bytes;	/* of the run; 0: most of the device's */
	bool share_prefix;
	/* --- */
	uint64_t given, recipe_given, files_given;	/* rows of the tables */
	/* of jk_train_settle: the model's, borrowed; bits 1 << jk_module */
	const struct jk_config *config;
	unsigned targets;
};

/*
 * The settings, in their order in jk-train.json, which names them with "_"
 * for "-": a row that is added here is part of what a resumed run must agree
 * with.
 */
extern const struct jk_opt jk_train_setting_opts[];
/*
 * The same, but jk-train.json has only those that are not at their default, so
 * that runs without them stay what they were.
 */
extern const struct jk_opt jk_train_recipe_opts[];
extern const struct jk_opt jk_train_file_opts[];

/* All as elements of tool.opts. */
#define JK_TRAIN_OPTS(o) \
	{ jk_train_setting_opts, (o), &(o)->given }, \
	{ jk_train_recipe_opts, (o), &(o)->recipe_given }, \
	{ jk_train_file_opts, (o), &(o)->files_given }

/*
 * After parsing: what hangs together.  A run on a few records for a test
 * (smoke not 0) has a constant rate and, unless they were given, 10 epochs.
 * With init_path the adapter there is opened into *init, and its rank, alpha
 * and targets are the defaults; otherwise *init is not touched.  The
 * configuration must outlive *o.  Errors:
 * JK_EUSAGE for what does not go together, those of jk_adapter_open.
 */
int jk_train_settle(struct jk_train_options *o, uint64_t smoke,
    const struct jk_config *config, struct jk_adapter *init,
    struct jk_err *err) JK_WARN_UNUSED;

/* Records of a step. */
static inline uint64_t
jk_train_effective(const struct jk_train_options *o)
{
	return (uint64_t)o->batch * o->accumulate;
}

enum jk_lora_variant jk_train_variant(const struct jk_train_options *o);

/* Steps of a run, and of one epoch, on n records. */
uint64_t jk_train_steps(const struct jk_train_options *o, size_t n,
    uint64_t *per_epoch);

/* The schedule of a run of that many steps. */
struct jk_schedule jk_train_schedule(const struct jk_train_options *o,
    uint64_t n_steps);

/*
 * The settings of jk-train.json: everything that changes the result, as an
 * object of named values; a new reference, NULL without memory.
 */
json_t *jk_train_settings(const struct jk_train_options *o);
/* PEFT's names of targets, a list; the same way. */
json_t *jk_train_target_names(const struct jk_train_options *o);

#endif
