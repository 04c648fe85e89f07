#ifndef JK_TEST_TAP_H
#define JK_TEST_TAP_H

/* TAP for unit tests: ok() points, then `return done_testing();`. */

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static int tap_n, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static int
ok(int pass, const char *fmt, ...)
{
	va_list ap;

	tap_n++;
	tap_failed += !pass;
	printf("%sok %d - ", pass ? "" : "not ", tap_n);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return pass;
}

__attribute__((format(printf, 1, 2), unused)) static void
diag(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* What the points need went wrong: a failure, and the end. */
__attribute__((unused)) static void
must(int r, const struct jk_err *err)
{
	if (r >= 0)
		return;
	ok(0, "%s", err->msg);
	exit(1);
}

__attribute__((unused)) static int
is_str(const char *got, const char *want, const char *name)
{
	int same = got && want && strcmp(got, want) == 0;

	ok(same, "%s", name);
	if (!same)
		diag("got '%s', want '%s'", got ? got : "(null)",
		    want ? want : "(null)");
	return same;
}

/* A point that cannot be run here; a failure under CI. */
__attribute__((unused)) static void
skip(const char *reason, const char *name)
{
	const char *ci = getenv("CI");
	int fails = ci && strcmp(ci, "true") == 0;

	tap_n++;
	tap_failed += fails;
	printf("%sok %d - %s # %s %s\n", fails ? "not " : "", tap_n, name,
	    fails ? "skipped under CI:" : "SKIP", reason);
}

/*
 * Largest |a - b| over largest |b|, NaN if anything is NaN.  Compare as
 * !(error <= tolerance), which fails on NaN.
 */
__attribute__((unused)) static double
relative_error(const float *a, const float *b, size_t n)
{
	double diff = 0, scale = 0, d;
	size_t i;

	for (i = 0; i < n; i++) {
		d = fabs((double)a[i] - (double)b[i]);
		if (!(d <= diff))
			diff = d;
		if (isnan(diff))
			return diff;
		if (fabs((double)b[i]) > scale)
			scale = fabs((double)b[i]);
	}
	return scale > 0 ? diff / scale : diff;
}

/* The whole program cannot run here; a failure under CI. */
__attribute__((unused, noreturn)) static void
skip_all(const char *reason)
{
	const char *ci = getenv("CI");

	if (ci && strcmp(ci, "true") == 0) {
		printf("1..1\nnot ok 1 - skipped under CI: %s\n", reason);
		exit(1);
	}
	printf("1..0 # SKIP %s\n", reason);
	exit(0);
}

__attribute__((unused)) static int
done_testing(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed ? 1 : 0;
}

#endif
