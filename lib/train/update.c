#include "train/update.h"

#include <math.h>

#include "model/weight_id.h"

int
jk_train_update(struct jk_train *t, double times, double *norm,
    double *lr, struct jk_err *err)
{
	const unsigned long long step = t->state.step + 1;
	struct jk_optimizer o = t->optimizer;
	char name[JK_WEIGHT_NAME_BYTES];

	if (jk_optimizer_norm(&t->optimizer, norm, err) < 0)
		return -1;
	if (!isfinite(*norm)) {
		if (jk_optimizer_not_finite(&t->optimizer, name, err) < 0)
			return -1;
		return jk_fail(err, JK_EDATA, "step %llu: the gradient of %s "
		    "is not finite", step, name[0] ? name :
		    jk_tr("all matrices together"));
	}
	/* sums of squares that overflow make zeros of what they scale */
	if (*norm == 0)
		return jk_fail(err, JK_EDATA, "step %llu: the gradient of all "
		    "matrices together is 0: activations have overflowed, or the "
		    "adapter is all zeros", step);
	*lr = jk_schedule_lr(&t->schedule, t->state.step);
	/* it decays by their product */
	o.weight_decay /= times;
	return jk_optimizer_step(&o, step, times * *lr, *norm, err);
}
