#include "train/ahead.h"

#include "train/share.h"
#include "train/update.h"

bool
jk_is_due(const struct jk_train *t, uint64_t step, uint64_t n)
{
	const uint64_t local = t->options.local_steps;
	const uint64_t begin = local ? (step - 1) / local * local : step - 1;

	return step / n != begin / n;
}

bool
jk_evaluation_is_due(const struct jk_train *t, uint64_t step)
{
	const uint64_t every = t->options.eval_every;

	return t->eval && (step == t->plan->n_steps || jk_is_due(t, step,
	    every ? every : t->plan->per_epoch));
}

bool
jk_save_is_due(const struct jk_train *t, uint64_t step)
{
	const uint64_t every = t->options.save_every;

	return jk_is_due(t, step, every ? every : t->plan->per_epoch);
}

/* One update, of one step or of those that shares take apart, is on its way. */
static int
call_update(struct jk_train *t, struct jk_flight *f, struct jk_err *err)
{
	double norm, lr;

	if (!t->options.local_steps)
		return jk_share_step_begin(t, f, err) < 0 ||
		    jk_train_update_begin(t, 1, f, err) < 0 ? -1 :
		    jk_dev_send(t->weights->dev, &f->mark, err);
	if (jk_share_round(t, &f->work, &norm, &lr, err) < 0)
		return -1;
	f->norm = norm;
	f->lr = lr;
	f->mark = 0;
	return 0;
}

static struct jk_flight *
oldest(struct jk_train *t)
{
	return &t->flights[(t->n_begun - t->n_flying) % JK_FLIGHTS];
}

/*
 * Whether an update may be called behind those on their way.  What is done with
 * the adapter between two, and the sums of shares, want the one before to have
 * ended.
 */
static bool
may_call(const struct jk_train *t)
{
	return t->at < t->plan->n_steps && (t->n_flying == 0 ||
	    (t->n_flying < JK_FLIGHTS && t->options.shares == 1 &&
	    !(t->stop && *t->stop) && !jk_evaluation_is_due(t, t->at) &&
	    !jk_save_is_due(t, t->at)));
}

int
jk_ahead_call(struct jk_train *t, struct jk_err *err)
{
	int ended = 0;

	while (ended == 0 && may_call(t)) {
		struct jk_flight *f = &t->flights[t->n_begun % JK_FLIGHTS];

		if (call_update(t, f, err) < 0)
			return -1;
		t->at += f->work.n_steps;
		t->n_begun++;
		t->n_flying++;
		ended = jk_dev_reached(t->weights->dev, oldest(t)->mark,
		    false, err);
	}
	return ended < 0 ? -1 : 0;
}

int
jk_ahead_end(struct jk_train *t, const struct jk_flight **ended,
    struct jk_err *err)
{
	struct jk_flight *f = oldest(t);

	*ended = f;
	t->n_flying--;
	if (jk_dev_reached(t->weights->dev, f->mark, true, err) < 0 ||
	    (!t->options.local_steps && (jk_share_step_end(t, f, err) < 0 ||
	    jk_train_update_end(t, f, err) < 0)))
		return -1;
	return jk_share_update(t, err);
}
