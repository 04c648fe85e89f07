#ifndef JK_TRAIN_TRAIN_H
#define JK_TRAIN_TRAIN_H

#include <signal.h>

#include "train/order.h"
#include "train/plan.h"
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
	void *ctx;
	/* --- */
	struct jk_lora lora;
	struct jk_optimizer optimizer;
	struct jk_train_plan *plan;
	struct jk_pack pack;
	struct jk_order order;
	struct jk_schedule schedule;
	struct jk_train_state state;
	bool interrupted;	/* what failed last was given up for *stop */
	int log_fd;
	double started_s;
	uint64_t rows;		/* of packs, since the start */
};

/*
 * Allocate what `plan` (borrowed; it must not move) says; the adapter is new: A
 * uniform in ±1/sqrt(in) by Philox(seed), B zero, magnitudes |W|.  Errors:
 * JK_ESYS; jk_dora_begin's.
 */
int jk_train_init(struct jk_train *t, struct jk_train_plan *plan,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_train_release(struct jk_train *t);

/* Begin with an adapter's matrices; its shape is that of the options. */
int jk_train_from_adapter(struct jk_train *t,
    const struct jk_adapter *adapter, struct jk_err *err) JK_WARN_UNUSED;

/* Loss over a dataset, dropout off.  Errors: JK_EDATA if not finite. */
int jk_train_evaluate(struct jk_train *t, const struct jk_dataset *data,
    double *loss, struct jk_err *err) JK_WARN_UNUSED;

/*
 * Run from the state (new, or of jk_checkpoint_load) to the end, until
 * patience is over, or until *stop; then the adapter and, unless the run is
 * over, a checkpoint are in dir, but where not one step was done.  A step that
 * *stop interrupts is as if it had not begun, and is taken again by the run
 * that goes on; so is an evaluation.  Returns 1 when it is over, 0 when stopped,
 * -1.  Errors: JK_EDATA, naming step and tensor, for a loss or gradient that
 * is not finite (the last saved adapter stays); JK_ESYS.
 */
int jk_train_run(struct jk_train *t, struct jk_err *err) JK_WARN_UNUSED;

#endif
