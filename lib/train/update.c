#include "train/update.h"

#include <math.h>

#include "model/weight_id.h"
#include "train/flight.h"

int
jk_train_update_begin(struct jk_train *t, double times, struct jk_flight *f,
    struct jk_err *err)
{
	struct jk_optimizer o = t->optimizer;

	f->step = t->at;
	f->lr = jk_schedule_lr(&t->schedule, t->at);
	/* it decays by their product */
	o.weight_decay /= times;
	return jk_optimizer_step(&o, t->at + 1, times * f->lr, &f->update,
	    err);
}

static int
fail_gradient(struct jk_train *t, struct jk_flight *f, struct jk_err *err)
{
	char name[JK_WEIGHT_NAME_BYTES];

	/* a step that was called behind it may have taken the gradient's place */
	if (t->options.shares == 1 && (jk_optimizer_clear(&t->optimizer, err) <
	    0 || jk_flight_repeat(t, f, err) < 0))
		return -1;
	if (jk_optimizer_not_finite(&t->optimizer, name, err) < 0)
		return -1;
	return jk_fail(err, JK_EDATA, "step %llu: the gradient of %s is not "
	    "finite", (unsigned long long)f->step + 1, name[0] ? name :
	    jk_tr("all matrices together"));
}

int
jk_train_update_end(struct jk_train *t, struct jk_flight *f,
    struct jk_err *err)
{
	f->norm = jk_update_norm(&f->update);
	if (!isfinite(f->norm))
		return fail_gradient(t, f, err);
	/*
	 * sums of squares that overflow make zeros of what they scale, and what a
	 * device rounds to 0 is 0
	 */
	if (f->update.clipping.failed)
		return jk_fail(err, JK_EDATA, "step %llu: the gradient of all "
		    "matrices together is 0: activations have overflowed, or the "
		    "adapter is all zeros", (unsigned long long)f->step + 1);
	return 0;
}
