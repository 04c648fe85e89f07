#include "net/link.h"

#include <stdlib.h>
#include <string.h>

int
jk_link_send(struct jk_link *l, uint32_t to, const void *data, size_t n,
    struct jk_err *err)
{
	return l->class->send(l, to, data, n, err);
}

int
jk_link_receive(struct jk_link *l, uint32_t from, void *data, size_t n,
    struct jk_err *err)
{
	return l->class->receive(l, from, data, n, err);
}

/* In round k, ranks below 2^k send to those 2^k above them. */
int
jk_link_broadcast(struct jk_link *l, void *data, size_t n, struct jk_err *err)
{
	uint64_t half;
	int r = 0;

	for (half = 1; r == 0 && half < l->n; half *= 2) {
		if (l->rank < half && l->rank + half < l->n)
			r = jk_link_send(l, (uint32_t)(l->rank + half), data,
			    n, err);
		else if (l->rank >= half && l->rank < 2 * half)
			r = jk_link_receive(l, (uint32_t)(l->rank - half),
			    data, n, err);
	}
	return r;
}

int
jk_link_gather(struct jk_link *l, const void *own, size_t n, void *all,
    struct jk_err *err)
{
	char *to = all;
	uint32_t i;

	if (l->rank > 0 && jk_link_send(l, 0, own, n, err) < 0)
		return -1;
	if (l->rank == 0)
		memcpy(to, own, n);
	for (i = 1; l->rank == 0 && i < l->n; i++)
		if (jk_link_receive(l, i, to + i * n, n, err) < 0)
			return -1;
	return jk_link_broadcast(l, all, l->n * n, err);
}

/* A number of each; to be freed. */
static uint64_t *
gather_numbers(struct jk_link *l, uint64_t own, struct jk_err *err)
{
	uint64_t *all = calloc(l->n, sizeof *all);

	if (!all) {
		jk_fail_nomem(err);
		return NULL;
	}
	if (jk_link_gather(l, &own, sizeof own, all, err) < 0) {
		free(all);
		return NULL;
	}
	return all;
}

int
jk_link_least(struct jk_link *l, uint64_t *value, struct jk_err *err)
{
	uint64_t *all = gather_numbers(l, *value, err);
	uint32_t i;
	int r;

	for (i = 0; all && i < l->n; i++)
		if (all[i] < *value)
			*value = all[i];
	r = all ? 0 : -1;
	free(all);
	return r;
}

int
jk_link_alike(struct jk_link *l, uint64_t key, struct jk_alike *to,
    struct jk_err *err)
{
	uint64_t *all = gather_numbers(l, key, err);
	uint32_t i;
	int r;

	*to = (struct jk_alike){ 0, 0 };
	for (i = 0; all && i < l->n; i++)
		if (all[i] == key) {
			to->at += i < l->rank;
			to->n++;
		}
	r = all ? 0 : -1;
	free(all);
	return r;
}

const char *
jk_link_who(const struct jk_link *l, uint32_t rank)
{
	return l->class->who(l, rank);
}
