#include "train/recited.h"

#include <math.h>
#include <stdlib.h>

uint32_t
jk_recited(const float *losses, uint32_t n)
{
	const float half = (float)log(2);
	uint32_t i, run = 0, recited = 0;

	for (i = 0; i < n; i++) {
		run = losses[i] < half ? run + 1 : 0;
		if (run >= JK_RECITED_RUN)
			recited += run == JK_RECITED_RUN ? run : 1;
	}
	return recited;
}

int
jk_dataset_spread(struct jk_dataset *view, const struct jk_dataset *all,
    size_t n, struct jk_err *err)
{
	size_t i;

	if (n > all->n)
		n = all->n;
	*view = *all;
	view->cap = view->n = n;
	view->n_supervised = 0;
	view->examples = calloc(n + 1, sizeof *view->examples);
	if (!view->examples)
		return jk_fail_nomem(err);
	for (i = 0; i < n; i++) {
		view->examples[i] = all->examples[i * all->n / n];
		view->n_supervised += view->examples[i].n_supervised;
	}
	return 0;
}
