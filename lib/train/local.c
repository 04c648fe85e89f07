#include "train/local.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/int8.h"

uint64_t
jk_local_bytes(uint64_t n, bool int8)
{
	return JK_LOCAL_PARTS * n * sizeof(float) + (int8 ?
	    jk_mixed8_bytes(2 * n, n) : 0);
}

int
jk_local_init(struct jk_local *l, size_t n, bool int8, struct jk_err *err)
{
	*l = (struct jk_local){ .n = n };
	l->begin = calloc(JK_LOCAL_PARTS * n + 1, sizeof *l->begin);
	if (int8)
		l->packed = malloc(jk_mixed8_bytes(2 * n, n) + 1);
	if (l->begin && (l->packed || !int8))
		return 0;
	jk_local_release(l);
	return jk_fail_nomem(err);
}

void
jk_local_release(struct jk_local *l)
{
	free(l->begin);
	free(l->packed);
	*l = (struct jk_local){ 0 };
}

/* m and v from what has travelled. */
static void
unpack(struct jk_local *l)
{
	float *m = l->begin + l->n;

	memset(m, 0, 2 * l->n * sizeof *m);
	jk_mixed8_add(m, l->packed, 2 * l->n, l->n);
}

/* Rank 0's moments to the others. */
static int
share_moments(struct jk_local *l, struct jk_link *link, struct jk_err *err)
{
	const bool is_packed = l->packed && l->has_begun;

	if (!is_packed)
		return jk_link_broadcast(link, l->begin + l->n,
		    2 * l->n * sizeof *l->begin, err);
	if (jk_link_broadcast(link, l->packed, jk_mixed8_bytes(2 * l->n, l->n),
	    err) < 0)
		return -1;
	if (link->rank > 0)
		unpack(l);
	return 0;
}

int
jk_local_begin(struct jk_local *l, const struct jk_optimizer *o,
    uint64_t n_done, struct jk_link *link, struct jk_err *err)
{
	const size_t bytes = l->n * sizeof *l->begin;
	float *moments = l->begin + l->n;

	if (jk_dev_download(o->dev, l->begin, o->lora->arena, bytes, err) < 0)
		return -1;
	if (n_done == 0)
		memset(moments, 0, 2 * bytes);
	else if ((!link || link->rank == 0) && jk_dev_download(o->dev,
	    moments, o->state, 2 * bytes, err) < 0)
		return -1;
	if (n_done > 0 && link && share_moments(l, link, err) < 0)
		return -1;
	l->has_begun = true;
	return 0;
}

int
jk_local_restore(const struct jk_local *l, const struct jk_optimizer *o,
    struct jk_err *err)
{
	const size_t bytes = l->n * sizeof *l->begin;

	return jk_dev_upload(o->dev, o->lora->arena, l->begin, bytes, err) <
	    0 ? -1 : jk_dev_upload(o->dev, o->state, l->begin + l->n,
	    2 * bytes, err);
}

int
jk_local_take(const struct jk_local *l, const struct jk_optimizer *o,
    float *part, struct jk_err *err)
{
	const size_t bytes = l->n * sizeof *part;
	size_t i;

	if (jk_dev_download(o->dev, part, o->lora->arena, bytes, err) < 0 ||
	    jk_dev_download(o->dev, part + l->n, o->state, 2 * bytes, err) <
	    0)
		return -1;
	for (i = 0; i < l->n; i++)
		part[i] = l->begin[i] - part[i];
	return 0;
}

int
jk_local_end(struct jk_local *l, const struct jk_optimizer *o,
    const float *sum, uint32_t n_shares, double *norm, struct jk_err *err)
{
	const float n = (float)n_shares;
	double squares = 0;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const float change = sum[i] / n;

		l->begin[i] -= change;
		squares += (double)change * (double)change;
	}
	for (; i < JK_LOCAL_PARTS * l->n; i++)
		l->begin[i] = sum[i] / n;
	if (l->packed) {
		jk_mixed8_pack(l->begin + l->n, 2 * l->n, l->n, l->packed);
		unpack(l);
	}
	*norm = sqrt(squares);
	return jk_local_restore(l, o, err);
}
