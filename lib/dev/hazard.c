#include "dev/hazard.h"

#include <stdlib.h>

enum { WORD = 4 };

struct jk_range
jk_range_of(const struct jk_access *a)
{
	const uint64_t begin = a->address / WORD * WORD;
	const uint64_t end = (a->address + a->size_bytes + WORD - 1) / WORD *
	    WORD;
	const uint64_t width = (a->address + a->width_bytes + WORD - 1) /
	    WORD * WORD - begin;

	/* rows that begin inside of words, or fill them to the next, are one */
	if (a->stride_bytes % WORD != 0 || width >= a->stride_bytes)
		return (struct jk_range){ begin, end, end - begin,
			end - begin, 1 };
	return (struct jk_range){ begin, end, a->stride_bytes, width,
		(a->size_bytes - a->width_bytes) / a->stride_bytes + 1 };
}

/* a / b, rounded down; b is positive. */
static int64_t
floor_over(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * Row i of a and row j of b meet where (i - j) stride lies between apart -
 * a's width and apart + b's, both excluded, `apart` being from a to b: there is
 * such a number of strides, of those that rows of the two are apart.
 */
bool
jk_ranges_meet(const struct jk_range *a, const struct jk_range *b)
{
	int64_t apart, stride, least, most;

	if (a->begin >= b->end || b->begin >= a->end)
		return false;
	if ((a->n == 1 && b->n == 1) ||
	    (a->n > 1 && b->n > 1 && a->stride != b->stride))
		return true;
	stride = (int64_t)(a->n > 1 ? a->stride : b->stride);
	apart = (int64_t)(b->begin - a->begin);
	least = floor_over(apart - (int64_t)a->width, stride) + 1;
	most = floor_over(apart + (int64_t)b->width - 1, stride);
	if (least < 1 - (int64_t)b->n)
		least = 1 - (int64_t)b->n;
	if (most > (int64_t)a->n - 1)
		most = (int64_t)a->n - 1;
	return least <= most;
}

static bool
meets(const struct jk_range *ranges, int n, const struct jk_range *r)
{
	int i;

	for (i = 0; i < n; i++)
		if (jk_ranges_meet(&ranges[i], r))
			return true;
	return false;
}

static int
add(struct jk_range **ranges, int *n, int *cap, const struct jk_range *r,
    struct jk_err *err)
{
	struct jk_range *p;

	if (*n == *cap) {
		int wanted = *cap ? 2 * *cap : 64;

		p = realloc(*ranges, (size_t)wanted * sizeof *p);
		if (!p)
			return jk_fail_nomem(err);
		*ranges = p;
		*cap = wanted;
	}
	(*ranges)[(*n)++] = *r;
	return 0;
}

int
jk_hazards_note(struct jk_hazards *h, const struct jk_access *accesses, int n,
    struct jk_err *err)
{
	int i, barrier = 0;

	for (i = 0; i < n && !barrier; i++) {
		const struct jk_range r = jk_range_of(&accesses[i]);

		barrier = meets(h->writes, h->n_writes, &r) ||
		    (accesses[i].write && meets(h->reads, h->n_reads, &r));
	}
	if (barrier)
		jk_hazards_clear(h);
	for (i = 0; i < n; i++) {
		const struct jk_range r = jk_range_of(&accesses[i]);

		if ((accesses[i].write ? add(&h->writes, &h->n_writes,
		    &h->cap_writes, &r, err) : add(&h->reads, &h->n_reads,
		    &h->cap_reads, &r, err)) < 0)
			return -1;
	}
	return barrier;
}

void
jk_hazards_clear(struct jk_hazards *h)
{
	h->n_reads = h->n_writes = 0;
}

void
jk_hazards_release(struct jk_hazards *h)
{
	free(h->reads);
	free(h->writes);
	*h = (struct jk_hazards){ 0 };
}
