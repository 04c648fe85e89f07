#include "dev/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 256 };

static int
add(struct jk_plan *plan, const char *name, uint64_t size_bytes, int first,
    int last, bool outside, struct jk_err *err)
{
	struct jk_plan_buffer *b;

	b = realloc(plan->buffers,
	    ((size_t)plan->n_buffers + 1) * sizeof *b);
	if (!b)
		return jk_fail_nomem(err);
	plan->buffers = b;
	b += plan->n_buffers;
	*b = (struct jk_plan_buffer){
		.size_bytes = (size_bytes + ALIGN - 1) / ALIGN * ALIGN,
		.first = first, .last = last, .outside = outside
	};
	strncpy(b->name, name, sizeof b->name - 1);
	return plan->n_buffers++;
}

int
jk_plan_add(struct jk_plan *plan, const char *name, uint64_t size_bytes,
    int first, int last, struct jk_err *err)
{
	return add(plan, name, size_bytes, first, last, false, err);
}

int
jk_plan_outside(struct jk_plan *plan, const char *name, uint64_t size_bytes,
    struct jk_err *err)
{
	plan->outside_bytes += (size_bytes + ALIGN - 1) / ALIGN * ALIGN;
	return add(plan, name, size_bytes, 0, 0, true, err) < 0 ? -1 : 0;
}

static bool
lives_meet(const struct jk_plan_buffer *a, const struct jk_plan_buffer *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static int
by_size(const void *pa, const void *pb)
{
	const struct jk_plan_buffer *a = *(struct jk_plan_buffer *const *)pa;
	const struct jk_plan_buffer *b = *(struct jk_plan_buffer *const *)pb;

	if (a->size_bytes != b->size_bytes)
		return a->size_bytes < b->size_bytes ? 1 : -1;
	return a < b ? -1 : a > b;
}

static int
by_offset(const void *pa, const void *pb)
{
	const struct jk_plan_buffer *a = *(struct jk_plan_buffer *const *)pa;
	const struct jk_plan_buffer *b = *(struct jk_plan_buffer *const *)pb;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/*
 * Largest first, each at the lowest offset where it meets no placed buffer
 * that lives at the same time (greedy by size: Pisarchyk, Lee, "Efficient
 * memory management for deep neural net inference", 2020).
 */
int
jk_plan_place(struct jk_plan *plan, struct jk_err *err)
{
	size_t n = (size_t)plan->n_buffers, i, k, n_order = 0, n_near;
	struct jk_plan_buffer **order, **near;
	uint64_t at;

	order = calloc(2 * n + 1, sizeof *order);
	if (!order)
		return jk_fail_nomem(err);
	near = order + n;
	for (i = 0; i < n; i++)
		if (!plan->buffers[i].outside)
			order[n_order++] = &plan->buffers[i];
	qsort(order, n_order, sizeof *order, by_size);
	plan->arena_bytes = 0;
	for (i = 0; i < n_order; i++) {
		n_near = 0;
		for (k = 0; k < i; k++)
			if (lives_meet(order[i], order[k]))
				near[n_near++] = order[k];
		qsort(near, n_near, sizeof *near, by_offset);
		at = 0;
		for (k = 0; k < n_near; k++) {
			if (near[k]->offset >= at + order[i]->size_bytes)
				break;
			if (near[k]->offset + near[k]->size_bytes > at)
				at = near[k]->offset + near[k]->size_bytes;
		}
		order[i]->offset = at;
		if (at + order[i]->size_bytes > plan->arena_bytes)
			plan->arena_bytes = at + order[i]->size_bytes;
	}
	free(order);
	return 0;
}

int
jk_plan_alloc(struct jk_plan *plan, struct jk_dev *dev, struct jk_err *err)
{
	int i;

	if (jk_dev_alloc(dev, plan->arena_bytes ? plan->arena_bytes : ALIGN,
	    &plan->address, err) < 0)
		return -1;
	for (i = 0; i < plan->n_buffers; i++)
		if (!plan->buffers[i].outside)
			plan->buffers[i].address = plan->address +
			    plan->buffers[i].offset;
	return 0;
}

void
jk_plan_release(struct jk_plan *plan, struct jk_dev *dev)
{
	if (plan->address)
		jk_dev_free(dev, plan->address);
	free(plan->buffers);
	*plan = (struct jk_plan){ 0 };
}

/* Length of a name without its trailing number ("layer.12.q" has none). */
static size_t
stem_len(const char *name)
{
	size_t n = strlen(name);

	while (n > 0 && isdigit((unsigned char)name[n - 1]))
		n--;
	return n;
}

struct line {
	const struct jk_plan_buffer *b;
	uint64_t bytes;
	int count;
};

static int
by_bytes(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;

	return a->bytes < b->bytes ? 1 : a->bytes > b->bytes ? -1 :
	    strcmp(a->b->name, b->b->name);
}

void
jk_plan_print(const struct jk_plan *plan, struct jk_buf *out)
{
	struct line *lines = calloc((size_t)plan->n_buffers + 1,
	    sizeof *lines);
	const double mib = 0x1p20;
	int n_lines = 0, i, k;

	if (!lines) {
		out->failed = true;
		return;
	}
	for (i = 0; i < plan->n_buffers; i++) {
		const struct jk_plan_buffer *b = &plan->buffers[i];
		size_t n = stem_len(b->name);

		for (k = 0; k < n_lines; k++)
			if (stem_len(lines[k].b->name) == n &&
			    memcmp(lines[k].b->name, b->name, n) == 0)
				break;
		if (k == n_lines)
			lines[n_lines++].b = b;
		lines[k].bytes += b->size_bytes;
		lines[k].count++;
	}
	qsort(lines, (size_t)n_lines, sizeof *lines, by_bytes);
	for (k = 0; k < n_lines; k++) {
		jk_buf_printf(out, "%10.1f MiB  %.*s", (double)lines[k].bytes /
		    mib, (int)stem_len(lines[k].b->name), lines[k].b->name);
		if (lines[k].count > 1)
			jk_buf_printf(out, " × %d", lines[k].count);
		jk_buf_addc(out, '\n');
	}
	jk_buf_printf(out, "%10.1f MiB  peak (%.1f in the arena, %.1f outside)"
	    "\n", (double)jk_plan_peak(plan) / mib,
	    (double)plan->arena_bytes / mib,
	    (double)plan->outside_bytes / mib);
	free(lines);
}
