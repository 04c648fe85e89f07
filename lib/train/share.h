#ifndef JK_TRAIN_SHARE_H
#define JK_TRAIN_SHARE_H

#include "train/run.h"

/*
 * A step's gradient and loss, and those of an evaluation, of all shares of its
 * records (jk_batch_cut), over all ranks.
 *
 * With one share, records go straight to the gradient.  With more, a share's
 * gradient is summed over its records as if they were the step, but divided by
 * the weight of the whole step's tokens; then shares are added up along a tree
 * (net/tree.h).  So the gradient is that of the mean over the step, whatever a
 * share weighs, and which bits it has depends on the number of shares.  Random
 * numbers are of a record's place in the step.
 *
 * Rank 0 has the adapter, the moments, the log and the last word.  The others
 * serve it: for each sum they get its adapter, and give their shares' part.
 */

/*
 * On rank 0: the gradient of the mean loss of the records of the step that t is at
 * goes to the optimizer, and f->work says of what it is; the sum of losses is known
 * at the end, which is when they have come.  With more shares than one all that is
 * waited for in the beginning.  t->interrupted is set where it fails of *t->stop.
 * Errors: JK_EDATA, naming the record, for a loss that is not finite; JK_ESYS.
 */
int jk_share_step_begin(struct jk_train *t, struct jk_flight *f,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_share_step_end(struct jk_train *t, struct jk_flight *f,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * On rank 0: the losses of the records of the step that t is at as the adapter is,
 * from which nothing is learnt; work->losses are as they are, without weights.
 */
int jk_share_ask(struct jk_train *t, struct jk_share_work *work,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * On rank 0: a round of local steps (train/local.h), as above; the adapter has
 * moved on, or where it failed is what it was.  *norm: of what the means take off
 * it; *lr: of the last step.  A share without records in a step doesn't take it.
 */
int jk_share_round(struct jk_train *t, struct jk_share_work *work,
    double *norm, double *lr, struct jk_err *err) JK_WARN_UNUSED;

/*
 * On rank 0, behind each update of the adapter: what all ranks will have of it
 * (train/replica.h) takes its place.  Errors: JK_ESYS.
 */
int jk_share_update(struct jk_train *t, struct jk_err *err) JK_WARN_UNUSED;

/* On rank 0: of a dataset, t's own, its eval or taught; losses as they are. */
int jk_share_evaluate(struct jk_train *t, const struct jk_dataset *data,
    struct jk_losses *of, struct jk_err *err) JK_WARN_UNUSED;

/*
 * On all other ranks: serve rank 0 until it dismisses them.  Of *t they need
 * what is above its line but identity, report and saved.  Errors: JK_EDATA as
 * above; JK_ESYS.
 */
int jk_share_serve(struct jk_train *t, struct jk_err *err) JK_WARN_UNUSED;
int jk_share_dismiss(struct jk_train *t, struct jk_err *err) JK_WARN_UNUSED;

#endif
