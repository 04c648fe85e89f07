#include "filter/select.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"

static const uint32_t NONE = UINT32_MAX;

void
jk_candidates_release(struct jk_candidates *c)
{
	free(c->v);
	*c = (struct jk_candidates){ 0 };
}

int
jk_candidates_add(struct jk_candidates *c, struct jk_candidate line,
    struct jk_err *err)
{
	if (c->n == c->cap) {
		size_t cap = c->cap + (size_t)c->cap / 2 + 1024;
		struct jk_candidate *v;

		if (cap > NONE)
			cap = NONE;
		if (c->n == cap)
			return jk_fail(err, JK_EDATA,
			    "more than %u records", NONE);
		v = realloc(c->v, cap * sizeof *v);
		if (!v)
			return jk_fail_nomem(err);
		c->v = v;
		c->cap = (uint32_t)cap;
	}
	c->v[c->n++] = line;
	return 0;
}

static bool
is_val(uint64_t smallest_key, double val)
{
	char digits[17];
	uint64_t h;

	snprintf(digits, sizeof digits, "%016llx",
	    (unsigned long long)smallest_key);
	h = jk_hash64(digits, 16, 0);
	return (double)(h >> 11) * 0x1p-53 < val;
}

void
jk_select_part(struct jk_candidates *c, const struct jk_dedup *d,
    const uint64_t *smallest_key, double val, bool want_val)
{
	struct jk_candidate *r;
	uint32_t i;

	for (i = 0; i < c->n; i++) {
		r = &c->v[i];
		if (r->reason == JK_KEEP && is_val(
		    smallest_key[d->texts[r->text].cluster], val) != want_val)
			r->reason = JK_DROP_PART;
	}
}

static bool
better(double a, double b)
{
	return !isnan(a) && (isnan(b) || a > b);
}

int
jk_select_unique(struct jk_candidates *c, const struct jk_dedup *d,
    bool near, bool best, struct jk_err *err)
{
	uint32_t *stays = malloc((d->n_texts + (size_t)1) * sizeof *stays);
	uint32_t i, *at;
	struct jk_candidate *r;

	if (!stays)
		return jk_fail_nomem(err);
	memset(stays, 0xff, d->n_texts * sizeof *stays);	/* NONE */
	for (i = 0; i < c->n; i++) {
		r = &c->v[i];
		if (r->reason != JK_KEEP)
			continue;
		at = &stays[near ? d->texts[r->text].cluster : r->text];
		if (*at == NONE ||
		    (best && better(r->rating, c->v[*at].rating)))
			*at = i;
	}
	for (i = 0; i < c->n; i++) {
		r = &c->v[i];
		if (r->reason != JK_KEEP)
			continue;
		r->kept = stays[near ? d->texts[r->text].cluster : r->text];
		if (r->kept != i)
			r->reason = r->text == c->v[r->kept].text
			    ? JK_DROP_DUPLICATE : JK_DROP_NEAR_DUPLICATE;
	}
	free(stays);
	return 0;
}

/* --- choices by an order */

struct rank {
	uint64_t group;		/* sorted by group first, */
	double rating;		/* then the best, */
	uint64_t priority;	/* then the lowest priority, */
	uint32_t index;		/* then the first */
};

static int
by_rank(const void *pa, const void *pb)
{
	const struct rank *a = pa, *b = pb;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->rating != b->rating)
		return a->rating > b->rating ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

static struct rank
rank_of(const struct jk_candidates *c, uint32_t i, uint64_t seed)
{
	uint64_t key = c->v[i].key;
	struct jk_philox p = jk_random(seed, JK_STREAM_FILTER,
	    (uint32_t)key, (uint32_t)(key >> 32), 0, 0);

	return (struct rank){
		.priority = (uint64_t)p.v[1] << 32 | p.v[0],
		.index = i
	};
}

/* Memory for the ranks of all candidates; NULL with *err filled. */
static struct rank *
new_ranks(const struct jk_candidates *c, struct jk_err *err)
{
	struct rank *r = malloc((c->n + (size_t)1) * sizeof *r);

	if (!r)
		jk_fail_nomem(err);
	return r;
}

int
jk_select_top(struct jk_candidates *c, double share, bool keep_unrated,
    uint64_t seed, struct jk_err *err)
{
	struct rank *ranks = new_ranks(c, err);
	uint32_t n = 0, i;
	double n_best;

	if (!ranks)
		return -1;
	for (i = 0; i < c->n; i++) {
		if (c->v[i].reason != JK_KEEP)
			continue;
		if (isnan(c->v[i].rating)) {
			if (!keep_unrated)
				c->v[i].reason = JK_DROP_UNRATED;
			continue;
		}
		ranks[n] = rank_of(c, i, seed);
		ranks[n++].rating = c->v[i].rating;
	}
	qsort(ranks, n, sizeof *ranks, by_rank);
	/* what is a whole number but for rounding is that number */
	n_best = ceil(share * n * (1 - 1e-12));
	for (i = (uint32_t)n_best; i < n; i++)
		c->v[ranks[i].index].reason = JK_DROP_TOP;
	free(ranks);
	return 0;
}

static int
sample(struct jk_candidates *c, uint64_t most, uint64_t seed, bool by_theme,
    enum jk_drop reason, struct jk_err *err)
{
	struct rank *ranks = new_ranks(c, err);
	uint32_t n = 0, i;
	uint64_t chosen = 0;

	if (!ranks)
		return -1;
	for (i = 0; i < c->n; i++) {
		if (c->v[i].reason != JK_KEEP)
			continue;
		ranks[n] = rank_of(c, i, seed);
		if (by_theme)
			ranks[n].group = c->v[i].theme;
		n++;
	}
	qsort(ranks, n, sizeof *ranks, by_rank);
	for (i = 0; i < n; i++) {
		if (i == 0 || ranks[i].group != ranks[i - 1].group)
			chosen = 0;
		if (chosen++ >= most)
			c->v[ranks[i].index].reason = reason;
	}
	free(ranks);
	return 0;
}

int
jk_select_per_theme(struct jk_candidates *c, uint64_t n, uint64_t seed,
    struct jk_err *err)
{
	return sample(c, n, seed, true, JK_DROP_PER_THEME, err);
}

int
jk_select_sample(struct jk_candidates *c, uint64_t n, uint64_t seed,
    struct jk_err *err)
{
	return sample(c, n, seed, false, JK_DROP_SAMPLE, err);
}
