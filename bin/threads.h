#ifndef JK_THREADS_H
#define JK_THREADS_H

#include <omp.h>

#include "base/limits.h"
#include "tool.h"

/* A header, so that tools without threads need no OpenMP. */

/*
 * Make --threads the number that OpenMP takes in this process, without it as
 * many as there are processors for; the number.
 */
static inline int
tool_threads(const struct jk_tool *t)
{
	const int n = t->n_threads ? t->n_threads :
	    jk_limits_threads(omp_get_max_threads());

	omp_set_num_threads(n);
	return n;
}

#endif
