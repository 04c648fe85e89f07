#ifndef JK_THREADS_H
#define JK_THREADS_H

#include <omp.h>

#include "tool.h"

/* A header, so that tools without threads need no OpenMP. */

/*
 * Make --threads the number that OpenMP takes in this process, where it was
 * given; the number.
 */
static inline int
tool_threads(const struct jk_tool *t)
{
	if (t->n_threads)
		omp_set_num_threads(t->n_threads);
	return omp_get_max_threads();
}

#endif
