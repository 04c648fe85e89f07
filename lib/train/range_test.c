#include "train/range_test.h"

#include "train/share.h"
#include "train/train.h"

/* Step i, at its rate; the mean loss of its records before it.  It is waited for. */
static int
step(struct jk_range_test *r, struct jk_train *t, uint32_t i, double *loss,
    struct jk_err *err)
{
	struct jk_flight *f = &t->flights[0];

	/* records and random numbers are those of that step of the run */
	t->at = i % r->n_batches;
	if (jk_share_step_begin(t, f, err) < 0 ||
	    jk_optimizer_step(&t->optimizer, i + 1, jk_range_rate(i),
	    &f->update, err) < 0 || jk_dev_submit(t->weights->dev, err) < 0 ||
	    jk_share_step_end(t, f, err) < 0)
		return -1;
	if (f->update.clipping.failed)
		return jk_fail(err, JK_EDATA, "the gradient's norm is %g",
		    jk_update_norm(&f->update));
	if (i < r->n_batches)
		r->n_records += f->work.n_records;
	*loss = f->work.losses.sum / f->work.weight;
	return jk_share_update(t, err);
}

/* Steps up to the last one; the mean of a round as it is known. */
static int
steps(struct jk_range_test *r, struct jk_train *t, struct jk_err *err)
{
	double losses[JK_RANGE_BATCHES], sum;	/* the last of each batch */
	uint32_t i, k;

	for (i = 0; i < JK_RANGE_STEPS; i++) {
		if (step(r, t, i, &losses[i % r->n_batches], err) < 0)
			return t->interrupted ? -1 : jk_fail_prefix(err,
			    "--lr=auto, rate %.2g", jk_range_rate(i));
		r->n = i + 1;
		if (r->progress)
			r->progress(r->ctx, r->n);
		if (r->n < r->n_batches)
			continue;
		for (k = 0, sum = 0; k < r->n_batches; k++)
			sum += losses[k];
		r->means[i] = sum / r->n_batches;
		if (r->means[i] < r->means[r->best])
			r->best = i;
		if (r->means[i] > r->means[r->first])
			break;
	}
	return 0;
}

int
jk_range_test_run(struct jk_range_test *r, struct jk_train *t,
    struct jk_err *err)
{
	r->n_batches = jk_range_batches(t->plan->n_steps,
	    t->plan->per_epoch);
	r->n = 0;
	r->n_records = 0;
	r->first = r->best = r->n_batches - 1;
	t->interrupted = false;
	if (steps(r, t, err) < 0)
		return t->interrupted ? jk_train_begin_anew(t, err) : -1;
	if (r->best == r->first)
		return jk_fail(err, JK_EDATA, "--lr=auto: the loss on %zu "
		    "records fell at no rate from %g on: give --lr a number",
		    r->n_records, jk_range_rate(0));
	/* a loss is that before its own step's rate */
	r->best_rate = jk_range_rate(r->best - 1);
	r->lr = r->best_rate / JK_RANGE_PART;
	if (jk_train_begin_anew(t, err) < 0)
		return -1;
	t->schedule.lr = t->state.lr = r->lr;
	return 1;
}
