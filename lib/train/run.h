#ifndef JK_TRAIN_RUN_H
#define JK_TRAIN_RUN_H

#include <signal.h>

#include "net/tree.h"
#include "train/local.h"
#include "train/order.h"
#include "train/plan.h"
#include "train/replica.h"
#include "train/save.h"

/*
 * A training run: steps over effective batches, evaluation, logging,
 * checkpoints.  Filled by the caller up to the line; the rest is the run's.
 */
struct jk_train_report {
	uint64_t step, n_steps;
	double loss, smoothed, lr, grad_norm;
	double tokens_per_s;	/* rows of packs */
	bool is_eval;
	double eval_loss;
	bool is_best;
};

struct jk_train {
	struct jk_train_options options;
	struct jk_weights *weights;
	const struct jk_dataset *data, *eval;	/* eval may be NULL */
	const char *dir;	/* of the adapter; NULL: nothing is written */
	json_t *identity;	/* what a resumed run must agree with; borrowed */
	const volatile sig_atomic_t *stop;	/* not 0: end */
	void (*report)(void *ctx, const struct jk_train_report *r);
	int (*saved)(void *ctx, struct jk_err *err);	/* an adapter */
	struct jk_link *link;	/* to other ranks, borrowed; NULL: none */
	void *ctx;
	/* --- */
	struct jk_lora lora;
	struct jk_optimizer optimizer;
	struct jk_train_plan *plan;
	struct jk_pack pack;
	struct jk_order order;
	struct jk_tree tree;	/* with more than one share */
	struct jk_local local;	/* with local steps */
	struct jk_replica replica;	/* with compression */
	struct jk_schedule schedule;
	struct jk_train_state state;
	bool interrupted;	/* what failed last was given up for *stop */
	int log_fd;
	double started_s;
	uint64_t rows;		/* of packs, since the start */
};

#endif
