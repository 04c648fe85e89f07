#include "train/schedule.h"

#include <math.h>
#include <string.h>

int
jk_schedule_kind(const char *name, enum jk_schedule_kind *kind,
    struct jk_err *err)
{
	static const char *const names[] = { "linear", "cosine", "constant" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(name, names[i]) == 0) {
			*kind = (enum jk_schedule_kind)i;
			return 0;
		}
	return jk_fail(err, JK_EUSAGE, "unknown schedule '%s'", name);
}

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
