/*
 * How submissions are cut: a device of any speed gets those that take the time
 * wanted, one that becomes slower at once, and clocks that say nonsense change
 * nothing.  A pace that never followed would let one submission run into a
 * watchdog, or leave a fast device idle.
 */

#include "tap.h"

#include <math.h>

#include "dev/pace.h"

static struct jk_pace pace;

/* Operations of 1 GFLOP until a submission is full; their number. */
static int
fill(void)
{
	int n = 1;

	while (!jk_pace_add(&pace, jk_pace_work(1e9, 0)))
		n++;
	return n;
}

/* n submissions on a device of so many GFLOP/s; the longest, in seconds. */
static double
run(int n, double gflops)
{
	double seconds, longest = 0;

	while (n--) {
		seconds = fill() / gflops;
		longest = seconds > longest ? seconds : longest;
		jk_pace_note(&pace, jk_pace_take(&pace), seconds);
	}
	return longest;
}

static bool
near(double seconds)
{
	return seconds > 0.8 * JK_PACE_TARGET_S &&
	    seconds < 1.2 * JK_PACE_TARGET_S;
}

static void
test_speeds(void)
{
	static const double gflops[] = { 60, 400, 5000, 40000 };
	double longest;
	size_t i;

	for (i = 0; i < sizeof gflops / sizeof *gflops; i++) {
		jk_pace_init(&pace);
		longest = run(40, gflops[i]);
		ok(longest < 1.2 * JK_PACE_TARGET_S && near(run(1,
		    gflops[i])), "%.0f GFLOP/s: %.3f s at the longest, in the "
		    "end the time wanted", gflops[i], longest);
	}
	longest = run(1, 400);
	ok(longest > 1 && near(run(1, 400)),
	    "a hundred times slower: the next one knows (%.1f s)", longest);
	longest = run(1, 800);
	ok(near(2 * longest), "faster: not before it is seen");
	run(1, 800);
	ok(near(run(1, 800)), "and then at once");
}

static void
test_bytes(void)
{
	jk_pace_init(&pace);
	ok(!jk_pace_add(&pace, jk_pace_work(0, (uint64_t)100 << 20)) &&
	    jk_pace_add(&pace, jk_pace_work(0, (uint64_t)400 << 20)),
	    "operations on bytes alone fill a submission");
	ok(jk_pace_take(&pace) > 0 && pace.work == 0,
	    "the next one begins with none");
}

static void
test_pieces(void)
{
	double full;

	jk_pace_init(&pace);
	full = pace.speed * JK_PACE_TARGET_S;
	ok(jk_pace_pieces(&pace, 0, 9) == 1 &&
	    jk_pace_pieces(&pace, 1.9 * full, 9) == 1,
	    "what fits about a submission stays whole");
	ok(jk_pace_pieces(&pace, 2.5 * full, 9) == 3 &&
	    jk_pace_pieces(&pace, 1000 * full, 5000) == 1000,
	    "what is more is cut into submissions");
	ok(jk_pace_pieces(&pace, 1e300, 9) == 9 &&
	    jk_pace_pieces(&pace, 1e300, 1) == 1,
	    "but no further than its groups");
}

static void
test_nonsense(void)
{
	double speed;

	jk_pace_init(&pace);
	speed = pace.speed;
	jk_pace_note(&pace, 0.1, 0);
	jk_pace_note(&pace, 0.1, -1);
	jk_pace_note(&pace, 0.1, NAN);
	jk_pace_note(&pace, NAN, 0.1);
	jk_pace_note(&pace, 0, 0.1);
	jk_pace_note(&pace, JK_PACE_LEAST / 2, 10);
	ok(pace.speed == speed, "seconds that say nothing change nothing");
	jk_pace_note(&pace, 0.1, 3600);
	ok(pace.speed > 0 && pace.speed * JK_PACE_TARGET_S > JK_PACE_LEAST,
	    "after an hour's stop submissions say something still");
	run(20, 400);
	ok(near(run(1, 400)), "and the pace is found again");
}

int
main(void)
{
	test_speeds();
	test_bytes();
	test_pieces();
	test_nonsense();
	return done_testing();
}
