#ifndef JK_TRAIN_RUN_H
#define JK_TRAIN_RUN_H

#include <signal.h>

#include "net/tree.h"
#include "train/local.h"
#include "train/order.h"
#include "train/pack.h"
#include "train/plan.h"
#include "train/replica.h"
#include "train/save.h"

/* Of the records that an update is of. */
struct jk_share_work {
	uint64_t n_steps, n_records;
	struct jk_losses losses;	/* times weights, but for jk_share_ask */
	double weight;		/* sum of those */
	uint64_t n_supervised;
};

/* Records on their way through the device (train/flight.h). */
struct jk_flight {
	struct jk_batch batch;	/* of which they are, its list its own */
	uint32_t *records;	/* that list */
	size_t cap_records;
	uint32_t begin, end;	/* those of it, end excluded */
	uint64_t step;		/* whose random numbers they have, from 0 */
	bool train;
	float *losses;		/* of supervised tokens, record by record */
	size_t cap_losses;
	uint64_t n_rows;	/* of packs */
	/* where a step is in flight: its update, behind which the mark is */
	struct jk_share_work work;
	struct jk_update update;
	double norm, lr;
	uint64_t mark;
};

/* Steps on their way at a time: one computed, one called behind it. */
enum { JK_FLIGHTS = 2 };

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
	double recited, memorised;	/* shares (train/recited.h) */
	bool by_heart;	/* more than the run may have */
	bool is_best;
};

struct jk_train {
	struct jk_train_options options;
	struct jk_weights *weights;
	/* eval may be NULL; so may taught, of the data, with which it is compared */
	const struct jk_dataset *data, *eval, *taught;
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
	struct jk_train_state state;	/* of what has ended */
	struct jk_flight flights[JK_FLIGHTS];
	uint64_t n_begun;	/* updates, the last n_flying still on their way */
	uint32_t n_flying;
	uint64_t at;		/* the step to call next, from 0 */
	bool interrupted;	/* what failed last was given up for *stop */
	int log_fd;
	double started_s;
	uint64_t rows;		/* of packs, since the start */
};

#endif
