#include "train/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/philox.h"

struct key {
	struct jk_philox random;
	uint32_t record;
};

static int
by_random(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int i;

	for (i = 0; i < 4; i++)
		if (a->random.v[i] != b->random.v[i])
			return a->random.v[i] < b->random.v[i] ? -1 : 1;
	return a->record < b->record ? -1 : a->record > b->record;
}

static int
make(struct jk_order *o, uint64_t epoch, struct jk_err *err)
{
	struct key *keys;
	size_t i;

	if (!o->shuffle) {
		for (i = 0; i < o->n; i++)
			o->records[i] = (uint32_t)i;
		return 0;
	}
	keys = malloc((o->n + 1) * sizeof *keys);
	if (!keys)
		return jk_fail_nomem(err);
	for (i = 0; i < o->n; i++) {
		keys[i].random = jk_random(o->seed, JK_STREAM_ORDER,
		    (uint32_t)i, (uint32_t)epoch, (uint32_t)(epoch >> 32), 0);
		keys[i].record = (uint32_t)i;
	}
	qsort(keys, o->n, sizeof *keys, by_random);
	for (i = 0; i < o->n; i++)
		o->records[i] = keys[i].record;
	free(keys);
	return 0;
}

int
jk_order_init(struct jk_order *o, size_t n, uint64_t seed, bool shuffle,
    struct jk_err *err)
{
	*o = (struct jk_order){ .n = n, .seed = seed, .shuffle = shuffle };
	if (n > UINT32_MAX)
		return jk_fail(err, JK_EDATA, "%zu records are too many", n);
	o->records = malloc((n + 1) * sizeof *o->records);
	if (!o->records)
		return jk_fail_nomem(err);
	return make(o, 0, err);
}

void
jk_order_release(struct jk_order *o)
{
	free(o->records);
	*o = (struct jk_order){ 0 };
}

int
jk_order_epoch(struct jk_order *o, uint64_t epoch, struct jk_err *err)
{
	if (epoch == o->epoch)
		return 0;
	if (make(o, epoch, err) < 0)
		return -1;
	o->epoch = epoch;
	return 0;
}
