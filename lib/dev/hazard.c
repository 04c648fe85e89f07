#include "dev/hazard.h"

#include <stdlib.h>

static bool
meets(const struct jk_range *ranges, int n, uint64_t begin, uint64_t end)
{
	int i;

	for (i = 0; i < n; i++)
		if (begin < ranges[i].end && ranges[i].begin < end)
			return true;
	return false;
}

static int
add(struct jk_range **ranges, int *n, int *cap, uint64_t begin, uint64_t end,
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
	(*ranges)[(*n)++] = (struct jk_range){ begin, end };
	return 0;
}

int
jk_hazards_note(struct jk_hazards *h, const struct jk_access *accesses, int n,
    struct jk_err *err)
{
	int i, barrier = 0;

	for (i = 0; i < n && !barrier; i++) {
		const struct jk_access *a = &accesses[i];
		uint64_t end = a->address + a->size_bytes;

		barrier = meets(h->writes, h->n_writes, a->address, end) ||
		    (a->write && meets(h->reads, h->n_reads, a->address, end));
	}
	if (barrier)
		jk_hazards_clear(h);
	for (i = 0; i < n; i++) {
		const struct jk_access *a = &accesses[i];
		uint64_t end = a->address + a->size_bytes;

		if ((a->write ? add(&h->writes, &h->n_writes, &h->cap_writes,
		    a->address, end, err) : add(&h->reads, &h->n_reads,
		    &h->cap_reads, a->address, end, err)) < 0)
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
