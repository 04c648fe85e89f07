#ifndef JK_TRAIN_TRAIN_H
#define JK_TRAIN_TRAIN_H

#include "train/run.h"

/*
 * What a run does.  Where there are ranks, rank 0 does it, but for the first two
 * functions, and the others serve it (train/share.h).
 */

/*
 * Allocate what `plan` (borrowed; it must not move) says; the adapter is new: A
 * uniform in ±1/sqrt(in) by Philox(seed), B zero, magnitudes |W|.  Errors:
 * JK_ESYS; jk_dora_begin's.
 */
int jk_train_init(struct jk_train *t, struct jk_train_plan *plan,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_train_release(struct jk_train *t);

/* As it was behind jk_train_init: before the first step, the adapter new. */
int jk_train_begin_anew(struct jk_train *t, struct jk_err *err)
	JK_WARN_UNUSED;

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
