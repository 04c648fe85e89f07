#ifndef JK_TRAIN_FLIGHT_H
#define JK_TRAIN_FLIGHT_H

#include "train/run.h"

/*
 * Records on their way through the device, packs of them forward and, to train,
 * back.  Nothing waits for the device between packs, nor between a step's packs
 * and its update: losses and norm are heard of when it has come that far, and the
 * update is the device's own decision (op/clip.h).  So while it works on a step the
 * next one is called (train/ahead.h).
 */

/* Errors: JK_ESYS. */
int jk_flight_init(struct jk_flight *f, const struct jk_optimizer *o,
    struct jk_err *err) JK_WARN_UNUSED;
/* Nothing may be on its way any more. */
void jk_flight_release(struct jk_flight *f);

/*
 * Call the passes of the records begin … end-1 of a batch of the step that t is at,
 * which is copied; to `train` their part in the gradient of the batch's mean is
 * added to the optimizer's: with w of a record and l of a token, of (sum of w l) /
 * (sum of w), the latter over all supervised.  Their losses come by jk_dev_fetch.
 * t->interrupted is set where it fails of *t->stop.  Errors: JK_ESYS.
 */
int jk_flight_begin(struct jk_train *t, struct jk_flight *f,
    const struct jk_batch *b, uint32_t begin, uint32_t end, bool train,
    struct jk_err *err) JK_WARN_UNUSED;

/* Once more, from the same adapter, whatever *t->stop says. */
int jk_flight_repeat(struct jk_train *t, struct jk_flight *f,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * When the losses have come: their sum, record by record, whatever the cut, and
 * what is recited; to train, of losses times weights.  Errors: JK_EDATA, naming step and record, for
 * a loss that is not finite; what it was computed with must still be there.
 */
int jk_flight_end(struct jk_train *t, struct jk_flight *f,
    struct jk_losses *of, struct jk_err *err) JK_WARN_UNUSED;

#endif
