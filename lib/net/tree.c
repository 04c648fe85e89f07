#include "net/tree.h"

#include <stdlib.h>
#include <string.h>

#include "net/int8.h"

/* A sum on its way: who computes, and how much of each. */
struct sum {
	struct jk_tree *tree;
	size_t n;
	jk_tree_compute *compute;
	void *ctx;
	bool stopped;
	struct jk_err *err;
};

/* A left part is summed where its parent is, a right one a level below. */
static uint32_t
levels(uint32_t n_shares)
{
	uint32_t n = 1;

	for (; n_shares > 1; n_shares /= 2)
		n++;
	return n;
}

static size_t
partial_bytes(size_t n)
{
	return sizeof(struct jk_partial) + n * sizeof(float);
}

static size_t
packed_bytes(size_t n, size_t n_signed)
{
	return sizeof(struct jk_partial) + jk_mixed8_bytes(n, n_signed);
}

uint64_t
jk_tree_bytes(uint32_t n_shares, uint64_t n, uint64_t n_signed, bool int8)
{
	return levels(n_shares) * partial_bytes(n) + (int8 ?
	    packed_bytes(n, n_signed) : 0);
}

int
jk_tree_init(struct jk_tree *t, struct jk_link *link, uint32_t n_shares,
    size_t n, size_t n_signed, bool int8, struct jk_err *err)
{
	bool failed;
	uint32_t i;

	*t = (struct jk_tree){ .link = link, .n_shares = n_shares, .n = n,
		.n_signed = n_signed, .n_levels = levels(n_shares) };
	t->levels = calloc(t->n_levels, sizeof *t->levels);
	failed = !t->levels ||
	    (int8 && !(t->packed = malloc(packed_bytes(n, n_signed))));
	for (i = 0; !failed && i < t->n_levels; i++)
		failed = !(t->levels[i] = malloc(partial_bytes(n)));
	if (!failed)
		return 0;
	jk_tree_release(t);
	return jk_fail_nomem(err);
}

void
jk_tree_release(struct jk_tree *t)
{
	uint32_t i;

	for (i = 0; t->levels && i < t->n_levels; i++)
		free(t->levels[i]);
	free(t->levels);
	free(t->packed);
	*t = (struct jk_tree){ 0 };
}

/* The first share of a rank. */
static uint32_t
first_share(const struct jk_tree *t, uint32_t rank)
{
	return (uint32_t)((uint64_t)rank * t->n_shares / t->link->n);
}

uint32_t
jk_tree_rank(uint32_t n_shares, uint32_t n_ranks, uint32_t share)
{
	/* the last rank whose first share is not behind it */
	return (uint32_t)((((uint64_t)share + 1) * n_ranks - 1) / n_shares);
}

static uint32_t
rank_of(const struct jk_tree *t, uint32_t share)
{
	return t->link ? jk_tree_rank(t->n_shares, t->link->n, share) : 0;
}

uint32_t
jk_tree_half(uint32_t n)
{
	uint32_t half = 1;

	while (half * 2ull < n)
		half *= 2;
	return half;
}

static uint32_t
own_rank(const struct jk_tree *t)
{
	return t->link ? t->link->rank : 0;
}

/* Whether this rank has a share among [lo, hi). */
static bool
has_part(const struct jk_tree *t, uint32_t lo, uint32_t hi)
{
	const struct jk_link *l = t->link;

	return !l || (first_share(t, l->rank) < hi &&
	    first_share(t, l->rank + 1) > lo);
}

static int
compute(struct sum *s, uint32_t share, struct jk_partial *to)
{
	if (s->stopped) {
		to->losses = (struct jk_losses){ 0 };
		to->n_stopped = 1;
		memset(to->v, 0, s->n * sizeof *to->v);
		return 0;
	}
	if (s->compute(s->ctx, share, s->n, to, s->err) < 0)
		return -1;
	s->stopped = to->n_stopped > 0;
	return 0;
}

/* Of the first n numbers, those that have a sign. */
static size_t
n_signed(const struct jk_tree *t, size_t n)
{
	return n < t->n_signed ? n : t->n_signed;
}

static void
pack(const struct jk_tree *t, struct jk_partial *to,
    const struct jk_partial *from, size_t n)
{
	to->losses = from->losses;
	to->n_stopped = from->n_stopped;
	jk_mixed8_pack(from->v, n, n_signed(t, n), to->v);
}

static void
add(const struct jk_tree *t, struct jk_partial *to,
    const struct jk_partial *from, size_t n)
{
	size_t i;

	jk_losses_add(&to->losses, &from->losses);
	to->n_stopped += from->n_stopped;
	if (t->packed)
		jk_mixed8_add(to->v, from->v, n, n_signed(t, n));
	else
		for (i = 0; i < n; i++)
			to->v[i] += from->v[i];
}

/* This rank's part in the sum of [lo, hi), which lies at a level in the end. */
static int
part(struct sum *s, uint32_t lo, uint32_t hi, uint32_t level)
{
	struct jk_tree *t = s->tree;
	const size_t bytes = t->packed ? packed_bytes(s->n,
	    n_signed(t, s->n)) : partial_bytes(s->n);
	const uint32_t left = rank_of(t, lo), own = own_rank(t);
	const uint32_t half = jk_tree_half(hi - lo);
	struct jk_partial *behind;	/* the right sum, as it is added */
	uint32_t right;

	if (!has_part(t, lo, hi))
		return 0;
	if (hi - lo == 1)
		return compute(s, lo, t->levels[level]);
	right = rank_of(t, lo + half);
	if (part(s, lo, lo + half, level) < 0 ||
	    part(s, lo + half, hi, level + 1) < 0)
		return -1;
	behind = t->packed ? t->packed : t->levels[level + 1];
	if (own == right && t->packed)
		pack(t, behind, t->levels[level + 1], s->n);
	if (own == right && own != left)
		return jk_link_send(t->link, left, behind, bytes, s->err);
	if (own != left)
		return 0;
	if (own != right && jk_link_receive(t->link, right, behind, bytes,
	    s->err) < 0)
		return -1;
	add(t, t->levels[level], behind, s->n);
	return 0;
}

int
jk_tree_sum(struct jk_tree *t, size_t n, jk_tree_compute *how, void *ctx,
    const struct jk_partial **sum, struct jk_err *err)
{
	struct sum s = { .tree = t, .n = n, .compute = how, .ctx = ctx,
		.err = err };

	if (part(&s, 0, t->n_shares, 0) < 0)
		return -1;
	*sum = own_rank(t) == 0 ? t->levels[0] : NULL;
	return 0;
}
