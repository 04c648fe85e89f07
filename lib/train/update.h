#ifndef JK_TRAIN_UPDATE_H
#define JK_TRAIN_UPDATE_H

#include "train/run.h"

/*
 * Update the adapter by the gradient that is in the optimizer, at `times` the
 * rate of the step that t is at, which is f->lr, and with that rate's decay.
 * The device does so unless something is not finite (jk_optimizer_step), and the
 * end is when f->update has come.  f->norm: of the gradient before it is clipped.
 * Errors: JK_EDATA, naming step and tensor, for a gradient that is not finite or 0
 * everywhere; JK_ESYS.
 */
int jk_train_update_begin(struct jk_train *t, double times,
    struct jk_flight *f, struct jk_err *err) JK_WARN_UNUSED;
int jk_train_update_end(struct jk_train *t, struct jk_flight *f,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
