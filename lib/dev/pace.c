#include "dev/pace.h"

#include <math.h>

void
jk_pace_init(struct jk_pace *p)
{
	*p = (struct jk_pace){ .speed = JK_PACE_FIRST };
}

bool
jk_pace_add(struct jk_pace *p, double flops, uint64_t bytes)
{
	p->work += flops / JK_PACE_FLOPS + (double)bytes / JK_PACE_BYTES;
	return p->work >= p->speed * JK_PACE_TARGET_S;
}

double
jk_pace_take(struct jk_pace *p)
{
	const double work = p->work;

	p->work = 0;
	return work;
}

void
jk_pace_note(struct jk_pace *p, double work, double seconds)
{
	const double speed = work / seconds, faster = 1.5 * p->speed;

	if (!(work >= JK_PACE_LEAST) || !(seconds > 0) || !isfinite(speed))
		return;
	p->speed = speed > faster ? faster : speed < JK_PACE_FIRST / 10 ?
	    JK_PACE_FIRST / 10 : speed;
}
