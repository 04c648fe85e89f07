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

double
jk_range_rate(uint32_t i)
{
	return 1e-4 * pow(10, i / 10.0);
}

uint32_t
jk_range_batches(uint64_t n_steps, uint64_t per_epoch)
{
	const uint64_t n = n_steps < per_epoch ? n_steps : per_epoch;

	return n < JK_RANGE_BATCHES ? (uint32_t)n : JK_RANGE_BATCHES;
}
