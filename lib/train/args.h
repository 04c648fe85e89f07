#ifndef JK_TRAIN_ARGS_H
#define JK_TRAIN_ARGS_H

#include "base/opt.h"
#include "model/adapter.h"
#include "train/plan.h"

/*
 * The options that decide about a run and its memory, as command lines give
 * them: jk-train's, and jk-info's with --train, so that both print the same
 * plan.
 */
struct jk_train_args {
	struct jk_train_options o;	/* filled by jk_train_args_take */
	const char *eval_path, *init_path;
	const char *schedule, *optimizer, *recompute, *targets, *shuffle;
	const char *device, *precision;
	long long warmup_steps, max_steps, epochs, batch, accumulate, rank;
	long long memory, eval_every, save_every, patience, log_every, seed;
	long long n_threads;
	double alpha;
};

#define JK_TRAIN_ARGS_DEFAULTS { .o = JK_TRAIN_DEFAULTS, \
	.schedule = "linear", .optimizer = "adamw", .recompute = "none", \
	.shuffle = "epoch", .device = "auto", .precision = "auto", \
	.warmup_steps = -1, .batch = 2, .accumulate = 4, .log_every = 1, \
	.alpha = -1 }

/* Rows of a table of options for `a`, an object with static storage. */
#define JK_TRAIN_ARGS_ADAPTER(a) \
	{ JK_OPT_GROUP, .help = "Adapter:" }, \
	{ JK_OPT_INT, 'r', "rank", &(a).rank, "N", "rank (8)", 1, 1024 }, \
	{ JK_OPT_REAL, 0, "alpha", &(a).alpha, "X", "alpha (16)", 0, 1e6 }, \
	{ JK_OPT_REAL, 0, "dropout", &(a).o.dropout, "P", "dropout (0.05)", \
	  0, 0.99 }, \
	{ JK_OPT_STRING, 0, "targets", &(a).targets, "LIST", \
	  "of q, k, v, o, gate, up, down (all)", 0, 0 }, \
	{ JK_OPT_FLAG, 0, "rslora", &(a).o.rslora, NULL, \
	  "scale by alpha / sqrt(rank)", 0, 0 }

#define JK_TRAIN_ARGS_BATCH(a) \
	{ JK_OPT_INT, 'b', "batch", &(a).batch, "N", \
	  "records of a micro-batch (2)", 1, 65536 }, \
	{ JK_OPT_INT, 0, "accumulate", &(a).accumulate, "N", \
	  "micro-batches of a step (4)", 1, 65536 }, \
	{ JK_OPT_INT, 0, "epochs", &(a).epochs, "N", "passes (2)", 1, 1e6 }, \
	{ JK_OPT_INT, 0, "max-steps", &(a).max_steps, "N", \
	  "instead of epochs", 1, 1e9 }

#define JK_TRAIN_ARGS_RATE(a) \
	{ JK_OPT_REAL, 0, "lr", &(a).o.lr, "X", "learning rate (1e-4)", 0, \
	  1e9 }, \
	{ JK_OPT_CHOICE, 0, "schedule", &(a).schedule, \
	  "linear|cosine|constant", "of the rate", 0, 0 }, \
	{ JK_OPT_INT, 0, "warmup-steps", &(a).warmup_steps, "N", \
	  "instead of the ratio", 0, 1e9 }, \
	{ JK_OPT_REAL, 0, "warmup-ratio", &(a).o.warmup_ratio, "X", \
	  "of the steps (0.03)", 0, 1 }

#define JK_TRAIN_ARGS_SAVING(a) \
	{ JK_OPT_GROUP, .help = "Evaluation and saving, in steps:" }, \
	{ JK_OPT_INT, 0, "eval-every", &(a).eval_every, "N", \
	  "(each epoch)", 1, 1e9 }, \
	{ JK_OPT_INT, 0, "save-every", &(a).save_every, "N", \
	  "(each epoch)", 1, 1e9 }, \
	{ JK_OPT_INT, 0, "log-every", &(a).log_every, "N", "(1)", 1, 1e9 }, \
	{ JK_OPT_INT, 0, "patience", &(a).patience, "N", \
	  "stop after N evaluations without a better one", 1, 1e6 }

#define JK_TRAIN_ARGS_ORDER(a) \
	{ JK_OPT_CHOICE, 0, "optimizer", &(a).optimizer, "adamw|adamw8bit", \
	  "", 0, 0 }, \
	{ JK_OPT_CHOICE, 0, "shuffle", &(a).shuffle, "epoch|none", \
	  "order of the records", 0, 0 }, \
	{ JK_OPT_INT, 's', "seed", &(a).seed, "N", "seed (0)", 0, 9e15 }

#define JK_TRAIN_ARGS_MACHINE(a) \
	{ JK_OPT_GROUP, .help = "Memory and machine:" }, \
	{ JK_OPT_CHOICE, 0, "recompute", &(a).recompute, "none|layer", \
	  "keep activations, or run each layer again", 0, 0 }, \
	{ JK_OPT_SIZE, 0, "memory", &(a).memory, "BYTES", \
	  "that the run may use (nine tenths)", 1, 1e15 }, \
	{ JK_OPT_FLAG, 0, "share-prefix", &(a).o.share_prefix, NULL, \
	  "compute a common beginning once (yes)", 0, 0 }, \
	{ JK_OPT_STRING, 'd', "device", &(a).device, "DEVICE", \
	  "auto, cpu, vulkan, vulkan:N", 0, 0 }, \
	{ JK_OPT_CHOICE, 0, "precision", &(a).precision, "auto|f32|bf16", \
	  "of activations", 0, 0 }, \
	{ JK_OPT_INT, 'j', "threads", &(a).n_threads, "N", \
	  "threads (as many as processors)", 1, 1024 }

/*
 * Fill a->o.  With init_path the adapter there is opened into *init, and its
 * rank, alpha and targets are the defaults; otherwise *init is not touched.
 * Errors: JK_EUSAGE for what does not go together, those of jk_adapter_open.
 */
int jk_train_args_take(struct jk_train_args *a,
    const struct jk_config *config, struct jk_adapter *init,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
