/* The memory plan: buffers that share, and an arena in several pieces. */

#include "tap.h"

#include "dev/open.h"
#include "dev/plan.h"

enum { N = 40 };

/*
 * 1 when no two buffers that live together overlap, and none leaves its block.
 */
static int
holds(const struct jk_plan *p, uint64_t limit)
{
	int i, k;

	for (i = 0; i < p->n_buffers; i++) {
		const struct jk_plan_buffer *a = &p->buffers[i];

		if (a->offset + a->size_bytes > p->block_bytes[a->block] ||
		    p->block_bytes[a->block] > limit ||
		    a->address != p->blocks[a->block] + a->offset)
			return 0;
		for (k = 0; k < i; k++) {
			const struct jk_plan_buffer *b = &p->buffers[k];

			if (a->first <= b->last && b->first <= a->last &&
			    a->address < b->address + b->size_bytes &&
			    b->address < a->address + a->size_bytes)
				return 0;
		}
	}
	return 1;
}

static void
fill_plan(struct jk_plan *p)
{
	struct jk_err err;
	char name[20];
	int i;

	*p = (struct jk_plan){ 0 };
	for (i = 0; i < N; i++) {
		snprintf(name, sizeof name, "b%d", i);
		if (jk_plan_add(p, name, 10000 + (uint64_t)(i * 7919 % 50000),
		    i, i + i % 5, NULL, &err) < 0)
			exit(1);
	}
	if (jk_plan_place(p, &err) < 0)
		exit(1);
}

int
main(void)
{
	struct jk_plan p;
	struct jk_dev *dev;
	struct jk_err err;
	uint64_t whole;

	if (jk_dev_open("cpu", 1, &dev, &err) < 0)
		return 1;
	fill_plan(&p);
	whole = p.arena_bytes;
	ok(jk_plan_alloc(&p, dev, &err) == 0 && holds(&p, whole),
	    "in one piece: nothing overlaps");
	ok(p.block_bytes[0] == whole && !p.blocks[1], "and it is one");
	jk_plan_release(&p, dev);

	dev->max_block_bytes = 70000;
	fill_plan(&p);
	ok(jk_plan_alloc(&p, dev, &err) == 0 && holds(&p, 70000),
	    "in pieces of 70000 bytes: nothing overlaps");
	ok(p.blocks[1] != 0, "there are several");
	diag("%llu bytes in one, %llu in several", (unsigned long long)whole,
	    (unsigned long long)p.arena_bytes);
	jk_plan_release(&p, dev);

	dev->max_block_bytes = 20000;
	fill_plan(&p);
	ok(jk_plan_alloc(&p, dev, &err) < 0 && err.status == JK_ESYS &&
	    strstr(err.msg, "do not fit the pieces"),
	    "a buffer larger than a piece is refused");
	jk_plan_release(&p, dev);
	ok(dev->used_bytes == 0, "everything was given back");
	jk_dev_close(dev);
	return done_testing();
}
