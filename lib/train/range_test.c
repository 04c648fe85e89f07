#include "train/range_test.h"

#include "train/share.h"
#include "train/train.h"

/* The losses before step i of the records whose turn it is. */
static int
ask(struct jk_range_test *r, struct jk_train *t, uint32_t i,
    struct jk_share_work *work, struct jk_err *err)
{
	t->at = i % r->n_asked;
	if (jk_share_ask(t, work, err) < 0)
		return -1;
	if (i < r->n_asked)
		r->n_records += work->n_records;
	return 0;
}

/* Step i, at its rate; it is waited for. */
static int
step(struct jk_train *t, uint32_t i, struct jk_err *err)
{
	struct jk_flight *f = &t->flights[0];

	/* records and random numbers are those of that step of the run */
	t->at = jk_range_learnt(i, t->plan->per_epoch);
	if (jk_share_step_begin(t, f, err) < 0 ||
	    jk_optimizer_step(&t->optimizer, i + 1, jk_range_rate(i),
	    &f->update, err) < 0 || jk_dev_submit(t->weights->dev, err) < 0 ||
	    jk_share_step_end(t, f, err) < 0)
		return -1;
	if (f->update.clipping.failed)
		return jk_fail(err, JK_EDATA, "the gradient's norm is %g",
		    jk_update_norm(&f->update));
	return jk_share_update(t, err);
}

/* The mean of the round that ends with loss i. */
static double
mean(const struct jk_range_test *r, const struct jk_share_work *asked)
{
	double sum = 0, n = 0;
	uint32_t k;

	for (k = 0; k < r->n_asked; k++) {
		sum += asked[k].losses.sum;
		n += (double)asked[k].n_supervised;
	}
	return sum / n;
}

/* Up to the last loss that is asked for. */
static int
sweep(struct jk_range_test *r, struct jk_train *t, struct jk_err *err)
{
	struct jk_share_work asked[JK_RANGE_ASKED];	/* the last of each */
	uint32_t i;

	for (i = 0; i < JK_RANGE_LOSSES; i++) {
		if ((i > 0 && step(t, i - 1, err) < 0) ||
		    ask(r, t, i, &asked[i % r->n_asked], err) < 0)
			return t->interrupted ? -1 : jk_fail_prefix(err,
			    "--lr=auto, rate %.2g", jk_range_rate(i > 0 ?
			    i - 1.0 : 0));
		r->n = i + 1;
		if (r->progress)
			r->progress(r->ctx, r->n);
		if (r->n < r->n_asked)
			continue;
		r->means[i] = mean(r, asked);
		if (r->means[i] < r->means[r->best])
			r->best = i;
		if (r->means[i] > r->means[r->first])
			break;
	}
	return 0;
}

/* The middle of the rates of the means around the lowest. */
static double
middle(const struct jk_range_test *r)
{
	const double lowest = r->means[r->best];
	const double most = lowest + 0.2 * (r->means[r->first] - lowest);
	uint32_t begin = r->best, last = r->best;

	while (r->means[begin - 1] <= most)
		begin--;
	while (last + 1 < r->n && r->means[last + 1] <= most)
		last++;
	return jk_range_rate((begin + last - (r->n_asked + 1.0)) / 2);
}

int
jk_range_test_run(struct jk_range_test *r, struct jk_train *t,
    struct jk_err *err)
{
	r->n_asked = jk_range_asked(t->plan->per_epoch);
	r->n = 0;
	r->n_records = 0;
	r->first = r->best = r->n_asked - 1;
	t->interrupted = false;
	if (sweep(r, t, err) < 0)
		return t->interrupted ? jk_train_begin_anew(t, err) : -1;
	if (r->best == r->first)
		return jk_fail(err, JK_EDATA, "--lr=auto: the loss of %zu "
		    "records fell at no rate from %g on: give --lr a number",
		    r->n_records, jk_range_rate(0));
	r->lr = middle(r);
	if (jk_train_begin_anew(t, err) < 0)
		return -1;
	t->schedule.lr = t->state.lr = r->lr;
	return 1;
}
