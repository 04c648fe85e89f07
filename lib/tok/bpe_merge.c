#include "tok/bpe_merge.h"

#include <stdlib.h>

enum {
	SHORT_WORD = 32,	/* symbols; longer ones take the heap */
	PAIR_BITS = 14		/* pairs remembered: 256 KB */
};

struct jk_symbol {
	uint32_t id;
	uint32_t previous, next;	/* NONE at the ends */
	bool gone;
};

struct jk_merge_candidate {
	uint32_t rank, at, id;
};

static const uint32_t NONE = UINT32_MAX;

int
jk_pairs_init(struct jk_bpe_work *w, struct jk_err *err)
{
	size_t i;

	w->pairs = malloc(sizeof *w->pairs << PAIR_BITS);
	if (!w->pairs)
		return jk_fail_nomem(err);
	for (i = 0; i < (size_t)1 << PAIR_BITS; i++)
		w->pairs[i].left = NONE;
	return 0;
}

/*
 * What a pair becomes; rank NONE: it is not merged.  A vocabulary of 260,000
 * has half a million merges, 16 MB, of which a language uses few: answers,
 * "no" among them, are remembered where the processor's cache holds them.
 */
static inline const struct jk_merge *
find_merge(const struct jk_bpe *bpe, struct jk_bpe_work *w, uint32_t left,
    uint32_t right)
{
	struct jk_merge *p = &w->pairs[jk_pair_hash(left, right) >>
	    (64 - PAIR_BITS)];

	if (p->left != left || p->right != right) {
		*p = *jk_merge_slot(bpe, left, right);
		if (p->left == NONE)
			*p = (struct jk_merge){ left, right, NONE, 0 };
	}
	return p;
}

/* Merge n ids in place, looking for the best pair again and again. */
static size_t
merge_short(const struct jk_bpe *bpe, struct jk_bpe_work *w, uint32_t *ids,
    size_t n)
{
	uint32_t rank[SHORT_WORD], made[SHORT_WORD];
	const struct jk_merge *m;
	size_t i, best;

	for (i = 0; i + 1 < n; i++) {
		m = find_merge(bpe, w, ids[i], ids[i + 1]);
		rank[i] = m->rank;
		made[i] = m->id;
	}
	while (n > 1) {
		for (best = 0, i = 1; i + 1 < n; i++)
			if (rank[i] < rank[best])
				best = i;
		if (rank[best] == NONE)
			break;
		ids[best] = made[best];
		n--;
		for (i = best + 1; i < n; i++) {
			ids[i] = ids[i + 1];
			rank[i] = rank[i + 1];
			made[i] = made[i + 1];
		}
		for (i = best ? best - 1 : 0; i <= best && i + 1 < n; i++) {
			m = find_merge(bpe, w, ids[i], ids[i + 1]);
			rank[i] = m->rank;
			made[i] = m->id;
		}
	}
	return n;
}

static bool
before(const struct jk_merge_candidate *a, const struct jk_merge_candidate *b)
{
	return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void
push(struct jk_merge_candidate *heap, size_t *n, struct jk_merge_candidate c)
{
	size_t i = (*n)++, up;

	for (; i > 0 && before(&c, &heap[up = (i - 1) / 2]); i = up)
		heap[i] = heap[up];
	heap[i] = c;
}

static struct jk_merge_candidate
pop(struct jk_merge_candidate *heap, size_t *n)
{
	struct jk_merge_candidate top = heap[0], last = heap[--*n];
	size_t i = 0, down;

	while ((down = 2 * i + 1) < *n) {
		if (down + 1 < *n && before(&heap[down + 1], &heap[down]))
			down++;
		if (!before(&heap[down], &last))
			break;
		heap[i] = heap[down];
		i = down;
	}
	heap[i] = last;
	return top;
}

static int
make_room(struct jk_bpe_work *w, size_t n, struct jk_err *err)
{
	size_t cap = w->cap ? w->cap : 1024;

	if (n <= w->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	free(w->symbols);
	free(w->heap);
	w->symbols = malloc(cap * sizeof *w->symbols);
	/* a candidate for each first pair, then at most two for each merge */
	w->heap = malloc(3 * cap * sizeof *w->heap);
	w->cap = w->symbols && w->heap ? cap : 0;
	return w->cap ? 0 : jk_fail_nomem(err);
}

static void
consider(const struct jk_bpe *bpe, struct jk_bpe_work *w, size_t *n_heap,
    uint32_t at)
{
	const struct jk_symbol *s = w->symbols;
	const struct jk_merge *m;

	if (at == NONE || s[at].next == NONE)
		return;
	m = find_merge(bpe, w, s[at].id, s[s[at].next].id);
	if (m->rank != NONE)
		push(w->heap, n_heap, (struct jk_merge_candidate){ m->rank, at,
		    m->id });
}

/* The same with a linked list and a heap of candidates. */
static int
merge_long(const struct jk_bpe *bpe, struct jk_bpe_work *w, uint32_t *ids,
    size_t *n_ids, struct jk_err *err)
{
	size_t n = *n_ids, n_heap = 0, i;
	struct jk_symbol *s;

	if (n >= NONE / 4)
		return jk_fail(err, JK_EDATA, "a word of %zu symbols", n);
	if (make_room(w, n, err) < 0)
		return -1;
	s = w->symbols;
	for (i = 0; i < n; i++)
		s[i] = (struct jk_symbol){ ids[i],
			i ? (uint32_t)(i - 1) : NONE,
			i + 1 < n ? (uint32_t)(i + 1) : NONE, false };
	for (i = 0; i + 1 < n; i++)
		consider(bpe, w, &n_heap, (uint32_t)i);
	while (n_heap > 0) {
		struct jk_merge_candidate c = pop(w->heap, &n_heap);
		struct jk_symbol *left = &s[c.at], *right;
		const struct jk_merge *m;

		/* what it was made for may be gone or changed */
		if (left->gone || left->next == NONE)
			continue;
		right = &s[left->next];
		m = find_merge(bpe, w, left->id, right->id);
		if (m->rank == NONE || m->id != c.id)
			continue;
		left->id = c.id;
		left->next = right->next;
		right->gone = true;
		if (left->next != NONE)
			s[left->next].previous = c.at;
		consider(bpe, w, &n_heap, left->previous);
		consider(bpe, w, &n_heap, c.at);
	}
	for (*n_ids = 0, i = 0; i != NONE; i = s[i].next)
		ids[(*n_ids)++] = s[i].id;
	return 0;
}

int
jk_bpe_merge(const struct jk_bpe *bpe, struct jk_bpe_work *w, uint32_t *ids,
    size_t *n_ids, struct jk_err *err)
{
	if (*n_ids > SHORT_WORD)
		return merge_long(bpe, w, ids, n_ids, err);
	*n_ids = merge_short(bpe, w, ids, *n_ids);
	return 0;
}
