/*
 * What counts as recited, against the definition token by token, over random
 * losses; and the records that stand for all.
 */
#include <math.h>
#include <stdlib.h>

#include "tap.h"
#include "train/recited.h"

/* Whether eight neighbours, token i among them, are all below ln 2. */
static bool
is_recited(const float *losses, uint32_t n, uint32_t i)
{
	uint32_t first, k;

	for (first = i < 8 ? 0 : i - 7; first <= i && first + 8 <= n; first++) {
		for (k = first; k < first + 8 && exp(-(double)losses[k]) > 0.5;
		    k++)
			;
		if (k == first + 8)
			return true;
	}
	return false;
}

static void
test_losses(void)
{
	float losses[100];
	uint32_t n, i, k, expected, n_other = 0, n_recited = 0;

	srand(1);
	for (k = 0; k < 2000; k++) {
		n = (uint32_t)rand() % 101;
		for (i = 0; i < n; i++)
			losses[i] = rand() % 100 < 90 ? 0.69f : 0.7f;
		for (expected = 0, i = 0; i < n; i++)
			expected += is_recited(losses, n, i);
		n_recited += expected;
		n_other += jk_recited(losses, n) != expected;
	}
	ok(n_other == 0 && n_recited > 2000, "2000 records of random losses: "
	    "%u tokens are recited", n_recited);
}

static void
test_spread(void)
{
	struct jk_data_record records[10] = { { 0 } };
	const struct jk_dataset all = { .examples = records, .n = 10,
		.n_supervised = 55 };
	struct jk_dataset view;
	struct jk_err err;
	uint32_t i;

	for (i = 0; i < 10; i++)
		records[i].n_supervised = i + 1;
	must(jk_dataset_spread(&view, &all, 4, &err), &err);
	ok(view.n == 4 && view.n_supervised == 1 + 3 + 6 + 8 &&
	    view.examples[2].n_supervised == 6, "four of ten records");
	free(view.examples);
	must(jk_dataset_spread(&view, &all, 11, &err), &err);
	ok(view.n == 10 && view.n_supervised == 55, "no more than there are");
	free(view.examples);
}

int
main(void)
{
	test_losses();
	test_spread();
	return done_testing();
}
