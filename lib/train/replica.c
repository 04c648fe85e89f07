#include "train/replica.h"

#include <stdlib.h>

#include "net/int8.h"

int
jk_replica_init(struct jk_replica *r, uint64_t n, struct jk_err *err)
{
	*r = (struct jk_replica){ .news = JK_NEWS_WHOLE };
	r->v = malloc((n + 1) * sizeof *r->v);
	r->change = malloc(jk_int8_bytes(n) + 1);
	if (r->v && r->change)
		return 0;
	jk_replica_release(r);
	return jk_fail_nomem(err);
}

void
jk_replica_release(struct jk_replica *r)
{
	free(r->v);
	free(r->change);
	*r = (struct jk_replica){ 0 };
}

uint64_t
jk_replica_bytes(uint64_t n)
{
	return n * sizeof(float) + jk_int8_bytes(n);
}

int
jk_replica_update(struct jk_replica *r, const struct jk_lora *lora,
    struct jk_dev *dev, float *room, struct jk_err *err)
{
	const size_t n = (size_t)lora->n_params;
	size_t i;

	if (jk_dev_download(dev, room, lora->arena, 4 * n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		room[i] -= r->v[i];
	jk_int8_pack(room, n, r->change);
	jk_int8_add(r->v, r->change, n);
	r->news = JK_NEWS_CHANGE;
	return jk_dev_upload(dev, lora->arena, r->v, 4 * n, err);
}

/* The change, which all but rank 0, where it was made, add. */
static int
share_change(struct jk_replica *r, size_t n, struct jk_link *link,
    struct jk_err *err)
{
	if (jk_link_broadcast(link, r->change, jk_int8_bytes(n), err) < 0)
		return -1;
	if (link->rank > 0)
		jk_int8_add(r->v, r->change, n);
	return 0;
}

int
jk_replica_share(struct jk_replica *r, uint64_t news,
    const struct jk_lora *lora, struct jk_dev *dev, struct jk_link *link,
    float *room, struct jk_err *err)
{
	const size_t n = (size_t)lora->n_params;
	const bool leads = !link || link->rank == 0;
	float *v = r->v ? r->v : room;

	if (leads && news == JK_NEWS_WHOLE &&
	    jk_dev_download(dev, v, lora->arena, 4 * n, err) < 0)
		return -1;
	if (link && news == JK_NEWS_WHOLE &&
	    jk_link_broadcast(link, v, 4 * n, err) < 0)
		return -1;
	if (link && news == JK_NEWS_CHANGE &&
	    share_change(r, n, link, err) < 0)
		return -1;
	/* a round has left a share's there */
	return leads ? 0 : jk_dev_upload(dev, lora->arena, v, 4 * n, err);
}
