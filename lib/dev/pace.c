#include "dev/pace.h"

#include <math.h>

void
jk_pace_init(struct jk_pace *p)
{
	*p = (struct jk_pace){ .speed = JK_PACE_FIRST };
}

/* Work that a submission shall hold. */
static double
limit(const struct jk_pace *p)
{
	return p->speed * JK_PACE_TARGET_S;
}

double
jk_pace_work(double flops, uint64_t bytes)
{
	return flops / JK_PACE_FLOPS + (double)bytes / JK_PACE_BYTES;
}

uint32_t
jk_pace_pieces(const struct jk_pace *p, double work, uint32_t n)
{
	const double pieces = ceil(work / limit(p));

	return work < 2 * limit(p) ? 1 : pieces < n ? (uint32_t)pieces : n;
}

bool
jk_pace_add(struct jk_pace *p, double work)
{
	p->work += work;
	return p->work >= limit(p);
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
