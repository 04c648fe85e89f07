#ifndef JK_TRAIN_UPDATE_H
#define JK_TRAIN_UPDATE_H

#include "train/run.h"

/*
 * Update the adapter by the gradient that is in the optimizer, at `times` the
 * rate of the step that t is at, which is *lr, and with that rate's decay.
 * *norm: of the gradient before it is clipped.  Errors: JK_EDATA, naming step and
 * tensor, for a gradient that is not finite or 0 everywhere; JK_ESYS.
 */
int jk_train_update(struct jk_train *t, double times, double *norm,
    double *lr, struct jk_err *err) JK_WARN_UNUSED;

#endif
