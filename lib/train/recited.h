#ifndef JK_TRAIN_RECITED_H
#define JK_TRAIN_RECITED_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "train/data.h"

/*
 * What a model has by heart.  A token whose loss is below ln 2 is likelier than
 * all others together, so that greedy decoding would go on with it; a run of
 * JK_RECITED_RUN such tokens or more is recited.  Text that was never trained on has
 * such runs, too, stock phrases above all: what training puts into memory is
 * the share of recited tokens among those trained on, less that among others.
 * It is a teacher-forced form of n-gram memorisation (arXiv:2510.11372), which
 * rises before the loss of other text does.
 */
enum { JK_RECITED_RUN = 8 };

/* Of the n losses of a record's supervised tokens, those in recited runs. */
uint32_t jk_recited(const float *losses, uint32_t n);

/*
 * A view of `all`: so many of its records at most, evenly spread, in their
 * order.  Its examples are to be freed, the rest is borrowed.  Errors: JK_ESYS.
 */
int jk_dataset_spread(struct jk_dataset *view, const struct jk_dataset *all,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;

#endif
