#ifndef JK_TRAIN_RANGE_TEST_H
#define JK_TRAIN_RANGE_TEST_H

#include "train/run.h"

/*
 * The learning rate of --lr=auto: a range test before the first step (Smith,
 * "Cyclical Learning Rates for Training Neural Networks", WACV 2017,
 * arXiv:1506.01186, section 3.3).
 *
 * Steps as the run makes them, but for their rates, which rise from 1e-4 to 1e-1,
 * ten in a decade, and for their records, which are those of the run's first
 * few steps, round and round: the mean of the losses of one round is always
 * over the same records, so that it differs by what was learnt alone.  It ends
 * where that mean is above the first one.  The rate that is found is a quarter
 * of the last one tried before the lowest mean, behind which the loss rises.
 *
 * Smith takes that rate as the highest of a cycle.  A quarter is a rule of
 * thumb, see tests/bench/quality.md; a much longer run may want a lower rate.
 * What is found is never below 2.5e-5 nor above 2.5e-2.
 */
enum { JK_RANGE_PART = 4 };

struct jk_range_test {
	/* the caller's; may be NULL: so many steps are done */
	void (*progress)(void *ctx, uint32_t n_done);
	void *ctx;
	/* --- */
	uint32_t n;		/* steps made */
	uint32_t n_batches;	/* of a round */
	size_t n_records;	/* of a round */
	double means[JK_RANGE_STEPS];	/* of the round that ends with a step */
	uint32_t first, best;	/* of the means: the first, the lowest */
	double best_rate;	/* tried before the lowest */
	double lr;		/* that is found */
};

/*
 * Find the rate of t, of a new run: t->schedule and t->state have it then, and
 * adapter and moments are as jk_train_init left them (jk_train_from_adapter is
 * due again).  Where there are ranks, it is for rank 0.  Returns 1, 0 where
 * *t->stop ended it, -1.  Errors: JK_EDATA where the loss never falls, and those
 * of a step.
 */
int jk_range_test_run(struct jk_range_test *r, struct jk_train *t,
    struct jk_err *err) JK_WARN_UNUSED;

#endif
