/* Sorting by keys, stable. */

#include <string.h>

#include "jinja/sort.h"
#include "jinja/compare.h"

struct sort {
	struct jk_jinja_run *run;
	const struct jk_seq *keys;
	bool reverse;
};

/* Merge sort of n indices. */
static void
merge_sort(struct sort *s, size_t *index, size_t *spare, size_t n)
{
	size_t half = n / 2, a = 0, b = half, k = 0;

	if (n < 2)
		return;
	merge_sort(s, index, spare, half);
	merge_sort(s, index + half, spare, n - half);
	while (a < half && b < n) {
		struct jk_value x = s->keys->v[index[a]],
		    y = s->keys->v[index[b]];

		jk_jinja_spend(s->run, 1);
		/* reversed, equal ones still keep their order */
		if (s->reverse ? jk_value_compare(s->run, x, JK_JINJA_LT, y) :
		    jk_value_compare(s->run, y, JK_JINJA_LT, x))
			spare[k++] = index[b++];
		else
			spare[k++] = index[a++];
	}
	while (a < half)
		spare[k++] = index[a++];
	memcpy(index, spare, k * sizeof *index);
}

void
jk_seq_sort(struct jk_jinja_run *run, struct jk_seq *values,
    const struct jk_seq *keys, bool reverse)
{
	size_t n = values->n, i;
	size_t *index = jk_jinja_grow(run, NULL, 0, n + 1, sizeof *index);
	size_t *spare = jk_jinja_grow(run, NULL, 0, n + 1, sizeof *spare);
	struct jk_value *sorted = jk_jinja_grow(run, NULL, 0, n + 1,
	    sizeof *sorted);
	struct sort s = { run, keys, reverse };

	for (i = 0; i < n; i++)
		index[i] = i;
	merge_sort(&s, index, spare, n);
	for (i = 0; i < n; i++)
		sorted[i] = values->v[index[i]];
	memcpy(values->v, sorted, n * sizeof *sorted);
}
