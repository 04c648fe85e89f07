#include "dev/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

enum { ALIGN = 256 };

static int
add(struct jk_plan *plan, const char *name, uint64_t size_bytes, int first,
    int last, bool outside, uint64_t *to, struct jk_err *err)
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
		.first = first, .last = last, .outside = outside, .to = to
	};
	strncpy(b->name, name, sizeof b->name - 1);
	plan->n_buffers++;
	return 0;
}

int
jk_plan_add(struct jk_plan *plan, const char *name, uint64_t size_bytes,
    int first, int last, uint64_t *to, struct jk_err *err)
{
	return size_bytes ? add(plan, name, size_bytes, first, last, false,
	    to, err) : 0;
}

int
jk_plan_outside(struct jk_plan *plan, const char *name, uint64_t size_bytes,
    struct jk_err *err)
{
	plan->outside_bytes += (size_bytes + ALIGN - 1) / ALIGN * ALIGN;
	return add(plan, name, size_bytes, 0, 0, true, NULL, err);
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
 * The lowest offset in a block where a buffer meets none of those placed there
 * that live at the same time.  `near` is room for their pointers.
 */
static uint64_t
lowest(const struct jk_plan_buffer *b, struct jk_plan_buffer **placed,
    size_t n_placed, int block, struct jk_plan_buffer **near)
{
	size_t n_near = 0, k;
	uint64_t at = 0;

	for (k = 0; k < n_placed; k++)
		if (placed[k]->block == block && lives_meet(b, placed[k]))
			near[n_near++] = placed[k];
	qsort(near, n_near, sizeof *near, by_offset);
	for (k = 0; k < n_near; k++) {
		if (near[k]->offset >= at + b->size_bytes)
			break;
		if (near[k]->offset + near[k]->size_bytes > at)
			at = near[k]->offset + near[k]->size_bytes;
	}
	return at;
}

/*
 * Largest first, each at the lowest offset where it meets no placed buffer
 * that lives at the same time (greedy by size: Pisarchyk, Lee, "Efficient
 * memory management for deep neural net inference", 2020), in the first block
 * that it fits in.
 */
static int
place(struct jk_plan *plan, uint64_t block_bytes, struct jk_err *err)
{
	size_t n = (size_t)plan->n_buffers, i, n_order = 0;
	struct jk_plan_buffer **order, *b;
	uint64_t ends[JK_PLAN_BLOCKS] = { 0 }, at;

	order = calloc(2 * n + 1, sizeof *order);
	if (!order)
		return jk_fail_nomem(err);
	for (i = 0; i < n; i++)
		if (!plan->buffers[i].outside)
			order[n_order++] = &plan->buffers[i];
	qsort(order, n_order, sizeof *order, by_size);
	for (i = 0; i < n_order; i++) {
		b = order[i];
		for (b->block = 0; b->block < JK_PLAN_BLOCKS; b->block++) {
			at = lowest(b, order, i, b->block, order + n);
			if (at + b->size_bytes <= block_bytes)
				break;
		}
		if (b->block == JK_PLAN_BLOCKS) {
			jk_fail(err, JK_ESYS, "%s: %.1f GiB do not fit the "
			    "pieces of %.1f GiB that the device gives",
			    b->name, (double)b->size_bytes / 0x1p30,
			    (double)block_bytes / 0x1p30);
			free(order);
			return -1;
		}
		b->offset = at;
		if (at + b->size_bytes > ends[b->block])
			ends[b->block] = at + b->size_bytes;
	}
	plan->arena_bytes = 0;
	for (i = 0; i < JK_PLAN_BLOCKS; i++) {
		plan->block_bytes[i] = ends[i];
		plan->arena_bytes += ends[i];
	}
	free(order);
	return 0;
}

int
jk_plan_place(struct jk_plan *plan, struct jk_err *err)
{
	return place(plan, UINT64_MAX, err);
}

int
jk_plan_alloc(struct jk_plan *plan, struct jk_dev *dev, struct jk_err *err)
{
	uint64_t bytes;
	int i;

	if (dev->max_block_bytes && plan->arena_bytes > dev->max_block_bytes &&
	    place(plan, dev->max_block_bytes, err) < 0)
		return -1;
	for (i = 0; i < JK_PLAN_BLOCKS; i++) {
		/* an address of an empty buffer is still an address */
		bytes = i || plan->block_bytes[i] ? plan->block_bytes[i] :
		    ALIGN;
		if (bytes && jk_dev_alloc(dev, bytes, &plan->blocks[i],
		    err) < 0)
			return -1;
	}
	for (i = 0; i < plan->n_buffers; i++)
		if (!plan->buffers[i].outside)
			plan->buffers[i].address =
			    plan->blocks[plan->buffers[i].block] +
			    plan->buffers[i].offset;
	jk_plan_put(plan);
	return 0;
}

void
jk_plan_put(const struct jk_plan *plan)
{
	int i;

	for (i = 0; i < plan->n_buffers; i++)
		if (plan->buffers[i].to)
			*plan->buffers[i].to = plan->buffers[i].address;
}

void
jk_plan_release(struct jk_plan *plan, struct jk_dev *dev)
{
	int i;

	for (i = 0; i < JK_PLAN_BLOCKS; i++)
		if (plan->blocks[i])
			jk_dev_free(dev, plan->blocks[i]);
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

/* A name without the number of its layer; that of a group behind its kind. */
static void
tell_name(const struct jk_plan_buffer *b, struct jk_buf *out)
{
	static const char *const kinds[] = { JK_MSG("LoRA z of "),
		JK_MSG("DoRA u of ") };
	char stem[sizeof b->name], *name = stem;
	size_t n = stem_len(b->name), i;

	memcpy(stem, b->name, n);
	stem[n] = '\0';
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0) {
			jk_buf_adds(out, jk_tr(kinds[i]));
			name += strlen(kinds[i]);
			break;
		}
	n = strlen(name);
	if (n && name[n - 1] == ' ') {
		name[n - 1] = '\0';
		jk_buf_printf(out, "%s ", jk_tr(name));
	} else {
		jk_buf_adds(out, jk_tr(name));
	}
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
		jk_buf_printf_local(out, jk_tr("%10.1f MiB  "),
		    (double)lines[k].bytes / mib);
		tell_name(lines[k].b, out);
		if (lines[k].count > 1)
			jk_buf_printf(out, " × %d", lines[k].count);
		jk_buf_addc(out, '\n');
	}
	jk_buf_printf_local(out, jk_tr("%10.1f MiB  peak (%.1f in the arena, %.1f "
	    "outside)\n"), (double)jk_plan_peak(plan) / mib,
	    (double)plan->arena_bytes / mib,
	    (double)plan->outside_bytes / mib);
	free(lines);
}
