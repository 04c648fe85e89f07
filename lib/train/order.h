#ifndef JK_TRAIN_ORDER_H
#define JK_TRAIN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The order of an epoch: records sorted by Philox(seed, epoch, ordinal), all
 * 128 bits of it.  Without shuffling, the order of the file.
 */
struct jk_order {
	uint32_t *records;	/* [n] */
	size_t n;
	uint64_t seed;
	bool shuffle;
	uint64_t epoch;		/* that `records` is of */
};

int jk_order_init(struct jk_order *o, size_t n, uint64_t seed, bool shuffle,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_order_release(struct jk_order *o);

/* Make `records` those of an epoch.  Errors: JK_ESYS. */
int jk_order_epoch(struct jk_order *o, uint64_t epoch, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
