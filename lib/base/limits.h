#ifndef JK_BASE_LIMITS_H
#define JK_BASE_LIMITS_H

#include <stdint.h>

/*
 * What a container leaves of the machine: the limits of this process's control
 * groups and of those that they are in (cgroups(7), both versions).
 */
struct jk_limits {
	double processors;	/* INFINITY: no limit */
	uint64_t memory_bytes;	/* UINT64_MAX: no limit */
};

/*
 * `root` is put before /proc and /sys, "" outside of tests.  What cannot be
 * read is no limit.
 */
struct jk_limits jk_limits_read(const char *root);

/*
 * How many of `n` threads to take where the user has not named a number: no more
 * than there are processors for.  What OMP_NUM_THREADS says stands.
 */
int jk_limits_threads(int n);

#endif
