#ifndef JK_TRAIN_RANGE_TEST_H
#define JK_TRAIN_RANGE_TEST_H

#include "train/run.h"

/*
 * The learning rate of --lr=auto: a range test before the first step, as by Smith,
 * "Cyclical Learning Rates for Training Neural Networks", WACV 2017,
 * arXiv:1506.01186, section 3.3, but for the records that it looks at.
 *
 * Steps as the run makes them, but for their rates, which rise from 1e-4 to 2e-2,
 * ten in a decade.  Before each and behind the last the loss of some records is
 * asked for from which the test doesn't learn: of a_0 … a_(n-1), round and round,
 * the records of the epoch's first n = 4 steps, or of half of them where there are
 * fewer than 8; of a single one they are the same (jk_range_asked).  The mean over
 * a round,
 *
 *	mean_i = (loss_(i-n+1)(a_((i-n+1) mod n)) + … + loss_i(a_(i mod n))) / n,
 *
 * each token weighing as much as any other, as in evaluation, is always of the same
 * records, so that it differs by what was learnt from others alone.  It ends where
 * that mean is above the first one.
 *
 * The lowest mean alone tells little where means are flat.  Around it the test
 * takes those that have four fifths of its fall from the first one, and of their
 * rates the middle on a scale of logarithms; the rate of mean_i is the middle of
 * those of the n steps before its losses, i-n to i-1, that of i - (n + 1) / 2: with
 * n = 4 between 1.4e-4 and 1.4e-2.
 *
 * Losses of the records that steps learn from go on falling, by what is learnt by
 * heart; where they are lowest is two to four times too high, by model
 * (tests/bench/quality.md).
 */
struct jk_range_test {
	/* the caller's; may be NULL: so many steps are done */
	void (*progress)(void *ctx, uint32_t n_done);
	void *ctx;
	/* --- */
	uint32_t n;		/* losses asked for, each before a step */
	uint32_t n_asked;	/* of a round */
	size_t n_records;	/* of a round */
	double means[JK_RANGE_LOSSES];	/* of the round that ends with a loss */
	uint32_t first, best;	/* of the means: the first, the lowest */
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
