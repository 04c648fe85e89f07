#include "train/local.h"

#include <math.h>
#include <stdlib.h>

static const float outer_rate = 0.7f, outer_momentum = 0.9f;

int
jk_local_init(struct jk_local *l, size_t n, struct jk_err *err)
{
	l->begin = calloc(n + 1, sizeof *l->begin);
	l->momentum = calloc(n + 1, sizeof *l->momentum);
	if (l->begin && l->momentum)
		return 0;
	jk_local_release(l);
	return jk_fail_nomem(err);
}

void
jk_local_release(struct jk_local *l)
{
	free(l->begin);
	free(l->momentum);
	*l = (struct jk_local){ 0 };
}

double
jk_local_step(struct jk_local *l, const float *sum, size_t n,
    unsigned n_shares)
{
	double squares = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const float g = sum[i] / (float)n_shares;

		l->momentum[i] = outer_momentum * l->momentum[i] + g;
		l->begin[i] -= outer_rate * (g + outer_momentum *
		    l->momentum[i]);
		squares += (double)g * (double)g;
	}
	return sqrt(squares);
}
