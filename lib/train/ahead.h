#ifndef JK_TRAIN_AHEAD_H
#define JK_TRAIN_AHEAD_H

#include "train/run.h"

/*
 * Updates of the adapter, called ahead of what is known of them.
 *
 * A device that works on its own gets the next one while it is at one (JK_FLIGHTS
 * are on their way at most), so that it never waits for the host: nothing is waited
 * for inside of an update, and its numbers are heard of one late.  One that has
 * failed touches nothing, nor do those behind it (op/clip.h), until it is heard of.
 * On the host an update has ended when it was called.
 *
 * What is done with the adapter between two updates wants the one before to have
 * ended: none is called behind one that is followed by an evaluation or a
 * checkpoint, nor where shares are summed up, nor when *t->stop says to end.
 */

/* Whether a multiple of n steps is among those of the update that ends with one. */
bool jk_is_due(const struct jk_train *t, uint64_t step, uint64_t n);
bool jk_evaluation_is_due(const struct jk_train *t, uint64_t step);
bool jk_save_is_due(const struct jk_train *t, uint64_t step);

/*
 * Call updates until one has ended, or no more may be called.  t->interrupted is set
 * where it fails of *t->stop.  Errors: JK_ESYS; of what has to be waited for as
 * below.
 */
int jk_ahead_call(struct jk_train *t, struct jk_err *err) JK_WARN_UNUSED;

/*
 * The oldest of t->n_flying updates ends: its work, norm and rate, until others are
 * called.  Errors: JK_EDATA, naming the step and what of it was not finite: the
 * adapter is that from before it; JK_ESYS.
 */
int jk_ahead_end(struct jk_train *t, const struct jk_flight **ended,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
