#ifndef JK_DEV_PACE_H
#define JK_DEV_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How much work a submission holds.
 *
 * A desktop resets a device whose submission takes long (Windows after two
 * seconds, Linux's drivers after half a second to ten), and who stops a run
 * waits for what is in flight; submissions that are too small leave a device
 * idle between them.  So each shall take JK_PACE_TARGET_S, whatever the device.
 *
 * Work is what an operation costs by its shape: its floating-point operations
 * over those of a unit, and the bytes that it touches over those of one.  How
 * much of it a second holds is measured: of every submission the seconds that
 * the device took are noted, and the next ones are cut by
 *
 *	limit = speed * JK_PACE_TARGET_S
 *
 * A submission that was slower than expected counts at once, since the next may
 * be of the same kind; faster ones raise the speed by half at most, each.
 * It begins with what a slow device does in the time, and never falls below a
 * tenth of that: who stopped the process for an hour has not made the device
 * slow.  Seconds that say nothing are passed over: of less than JK_PACE_LEAST
 * work, none, not finite.
 *
 * Where a sequence of operations is cut decides about no result: barriers reach
 * across submissions.  An operation that is worth two submissions or more is
 * itself cut, into pieces of its groups (op/dispatch.h).
 */
#define JK_PACE_TARGET_S 0.1
#define JK_PACE_LEAST 1e-3
#define JK_PACE_FIRST 1.0	/* units a second: 50 GFLOP/s */
/* A unit of work. */
#define JK_PACE_FLOPS 5e10
#define JK_PACE_BYTES 0x1p32

struct jk_pace {
	double speed;		/* units a second */
	double work;		/* recorded for the next submission */
};

void jk_pace_init(struct jk_pace *p);
double jk_pace_work(double flops, uint64_t bytes);
/* Into how many pieces an operation shall be cut, of n at most (n > 0). */
uint32_t jk_pace_pieces(const struct jk_pace *p, double work, uint32_t n);
/* Work was recorded; true: it is enough for a submission. */
bool jk_pace_add(struct jk_pace *p, double work);
/* The submission begins: its work, and none is recorded any more. */
double jk_pace_take(struct jk_pace *p);
/* A submission of so much work took the device so many seconds. */
void jk_pace_note(struct jk_pace *p, double work, double seconds);

#endif
