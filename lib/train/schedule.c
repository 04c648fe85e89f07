#include "train/schedule.h"

#include <math.h>

double
jk_schedule_lr(const struct jk_schedule *s, uint64_t step)
{
	double span = (double)s->n_steps - (double)s->warmup_steps, done;

	if (step < s->warmup_steps)
		return s->lr * ((double)step / (double)s->warmup_steps);
	if (s->kind == JK_SCHEDULE_CONSTANT)
		return s->lr;
	done = (double)(step - s->warmup_steps) / (span > 1 ? span : 1);
	if (s->kind == JK_SCHEDULE_COSINE)
		return s->lr * fmax(0, 0.5 * (1 + cos(M_PI * done)));
	return s->lr * fmax(0, 1 - done);
}
