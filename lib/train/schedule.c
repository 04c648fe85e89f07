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
jk_range_rate(double i)
{
	return 1e-4 * pow(10, i / 10);
}

uint32_t
jk_range_asked(uint64_t per_epoch)
{
	const uint64_t n = per_epoch / 2;

	return n < 1 ? 1 : n < JK_RANGE_ASKED ? (uint32_t)n : JK_RANGE_ASKED;
}

uint64_t
jk_range_learnt(uint32_t i, uint64_t per_epoch)
{
	const uint32_t n = jk_range_asked(per_epoch);

	return per_epoch > n ? n + i % (per_epoch - n) : 0;
}
