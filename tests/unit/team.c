#include "tap.h"

#include <stdlib.h>

#include "cpu/team.h"

static void
test_best(void)
{
	static const struct {
		int most, n_processors;
		double others;
		int best;
	} cases[] = {
		{ 2, 2, 0, 2 },
		{ 2, 2, 0.4, 2 },	/* a daemon now and then */
		{ 2, 2, 1, 1 },		/* 1, not half of 2 2/3 */
		{ 2, 2, 6, 1 },		/* 2/7, not half of 2 2/8 */
		{ 4, 4, 1, 3 },
		{ 4, 4, 6, 4 },		/* half of 4 4/10, not 4/7 */
		{ 8, 8, 6, 8 },		/* half of 8 8/14, not 2 */
		{ 16, 16, 6, 10 },	/* not half of 16 16/22 */
		{ 4, 16, 6, 4 },	/* there is room for all */
		{ 4, 16, 14, 2 },
		{ 1, 1, 3, 1 },
		{ 3, 2, 0, 2 },		/* more than there are processors */
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		int best = jk_team_best(cases[i].most, cases[i].n_processors,
		    cases[i].others);

		ok(best == cases[i].best, "of %d threads on %d processors "
		    "beside %.1f others %d (%d)", cases[i].most,
		    cases[i].n_processors, cases[i].others, cases[i].best,
		    best);
	}
}

/* A look of a tenth of a second beside n others, as the kernel would count. */
static void
look(struct jk_team *t, double n_others)
{
	double part = t->n_processors / (t->n + n_others);

	if (part > 1)
		part = 1;
	jk_team_adapt(t, (uint64_t)(1e8 * t->n * part),
	    (uint64_t)(1e8 * t->n * (1 - part)));
}

static void
test_adapt(void)
{
	struct jk_team t = { .most = 16, .n = 16, .n_processors = 16 };
	int i, n_tries = 0, n_late = 0;

	for (i = 0; i < 10; i++)
		look(&t, 0);
	ok(t.n == 16, "alone: all (%d)", t.n);
	look(&t, 6);
	ok(t.n == 10, "beside six: as many as have room (%d)", t.n);
	for (i = 0; i < 400; i++) {
		look(&t, 6);
		n_tries += t.n == 16;
		n_late += i >= 300 && t.n == 16;
	}
	ok(n_tries > 5 && n_tries < 25 && n_late <= 4, "more are tried ever "
	    "more rarely (%d of 400 looks, %d of the last 100)", n_tries,
	    n_late);
	for (i = 0; i < 100 && t.n < 16; i++)
		look(&t, 0);
	ok(t.n == 16 && i < 40, "all again when the others are gone (after "
	    "%d looks)", i);
	for (i = 0; i < 200; i++)
		look(&t, 0);
	look(&t, 6);
	for (i = 0; i < 100 && t.n < 16; i++)
		look(&t, 0);
	ok(i < 5, "with no memory of what was long ago (%d looks)", i);

	t = (struct jk_team){ .most = 2, .n = 2, .n_processors = 2 };
	look(&t, 6);
	ok(t.n == 1, "one of two beside six (%d)", t.n);
	for (i = 0; i < 100; i++) {
		look(&t, 6);
		if (t.n != 1)
			break;
	}
	ok(i == 100, "and no more while they are there (%d looks)", i);
	jk_team_adapt(&t, 0, 0);
	ok(t.n >= 1, "nothing ran: %d", t.n);
}

static void
test_settings(void)
{
	struct jk_team t;

	setenv("OMP_DYNAMIC", "FALSE", 1);
	jk_team_init(&t, 4);
	ok(t.is_fixed && t.n == 4, "OMP_DYNAMIC=FALSE: all, always");
	setenv("OMP_DYNAMIC", "true", 1);
	jk_team_init(&t, 1);
	ok(t.is_fixed && t.n == 1, "one thread is one thread");
	unsetenv("OMP_DYNAMIC");
	jk_team_init(&t, 4);
	jk_team_look(&t);
	ok(t.n == 4, "a first look changes nothing");
}

int
main(void)
{
	test_best();
	test_adapt();
	test_settings();
	return done_testing();
}
