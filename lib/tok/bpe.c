#include "tok/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SHORT_WORD = 32,	/* symbols; longer ones take the heap */
	CACHE_SLOTS = 1 << 17,
	CACHE_TEXT = 1 << 21,	/* bytes; when full, all is forgotten */
	CACHE_IDS = 1 << 20,
	CACHED_WORD = 96	/* bytes of the longest word kept */
};

struct jk_symbol {
	uint32_t id;
	uint32_t previous, next;	/* NONE at the ends */
	bool gone;
};

struct jk_candidate {
	uint32_t rank, at, id;
};

struct jk_cached {
	uint64_t hash;
	uint32_t text, n_text;		/* n_text 0: empty */
	uint32_t ids, n_ids;
};

static const uint32_t NONE = UINT32_MAX;
static const char SPACE[] = "\xe2\x96\x81";	/* U+2581 */

/* --- tables */

void
jk_bpe_release(struct jk_bpe *bpe)
{
	jk_vocab_release(&bpe->vocab);
	free(bpe->merges);
	*bpe = (struct jk_bpe){ 0 };
}

static struct jk_merge *
merge_slot(const struct jk_bpe *bpe, uint32_t left, uint32_t right)
{
	uint32_t mask = bpe->n_slots - 1;
	uint64_t h = ((uint64_t)left << 32 | right) * 0x9e3779b97f4a7c15u;
	uint32_t i = (uint32_t)(h >> 32) & mask;

	while (bpe->merges[i].left != NONE && (bpe->merges[i].left != left ||
	    bpe->merges[i].right != right))
		i = (i + 1) & mask;
	return &bpe->merges[i];
}

int
jk_bpe_reserve(struct jk_bpe *bpe, uint32_t n, struct jk_err *err)
{
	struct jk_merge *old = bpe->merges, *fresh;
	uint32_t n_slots = 1024, n_old = bpe->n_slots, i;

	while (n_slots / 2 < n)
		n_slots *= 2;
	if (n_slots <= n_old)
		return 0;
	fresh = malloc(n_slots * sizeof *fresh);
	if (!fresh)
		return jk_fail_nomem(err);
	memset(fresh, 0xff, n_slots * sizeof *fresh);
	bpe->merges = fresh;
	bpe->n_slots = n_slots;
	for (i = 0; i < n_old; i++)
		if (old[i].left != NONE)
			*merge_slot(bpe, old[i].left, old[i].right) = old[i];
	free(old);
	return 0;
}

/* The character that ends at s + n, n > 0; 0xfffd for what is none. */
static uint32_t
last_character(const char *s, size_t n, size_t *size)
{
	size_t from = n - 1;
	uint32_t code;

	while (from > 0 && ((unsigned char)s[from] & 0xc0) == 0x80)
		from--;
	*size = n - from;
	return jk_utf8_decode(s + from, *size, &code) ? code : 0xfffd;
}

static bool
is_joiner(const struct jk_bpe *bpe, uint32_t code)
{
	uint32_t i;

	for (i = 0; i < bpe->n_joiners && i < JK_MAX_JOINERS; i++)
		if (bpe->joiners[i] == code)
			return true;
	return false;
}

static void
add_joiner(struct jk_bpe *bpe, const char *left, size_t n_left)
{
	size_t size;
	uint32_t code = n_left ? last_character(left, n_left, &size) : 0;

	if (bpe->n_joiners > JK_MAX_JOINERS || is_joiner(bpe, code))
		return;
	if (bpe->n_joiners < JK_MAX_JOINERS)
		bpe->joiners[bpe->n_joiners] = code;
	bpe->n_joiners++;
}

int
jk_bpe_add_merge(struct jk_bpe *bpe, const char *left, size_t n_left,
    const char *right, size_t n_right, struct jk_err *err)
{
	char both[512], *p = both;
	int32_t l, r, id;
	struct jk_merge *m;

	if (n_left + n_right > sizeof both) {
		p = malloc(n_left + n_right);
		if (!p)
			return jk_fail_nomem(err);
	}
	memcpy(p, left, n_left);
	memcpy(p + n_left, right, n_right);
	l = jk_vocab_find(&bpe->vocab, left, n_left);
	r = jk_vocab_find(&bpe->vocab, right, n_right);
	id = jk_vocab_find(&bpe->vocab, p, n_left + n_right);
	if (p != both)
		free(p);
	if (l < 0 || r < 0 || id < 0)
		return jk_fail(err, JK_EDATA, "merge %u: %s is no token",
		    bpe->n_merges, l < 0 ? "its left part" : r < 0 ?
		    "its right part" : "what it makes");
	if (jk_bpe_reserve(bpe, bpe->n_merges + 1, err) < 0)
		return -1;
	m = merge_slot(bpe, (uint32_t)l, (uint32_t)r);
	*m = (struct jk_merge){ (uint32_t)l, (uint32_t)r, bpe->n_merges++,
		(uint32_t)id };
	if (n_right >= 3 && memcmp(right, SPACE, 3) == 0 &&
	    !(n_left >= 3 && memcmp(left + n_left - 3, SPACE, 3) == 0))
		add_joiner(bpe, left, n_left);
	return 0;
}

int
jk_bpe_finish(struct jk_bpe *bpe, struct jk_err *err)
{
	struct jk_buf b = JK_BUF_INIT;
	uint32_t code;
	char s[8];
	int i, r;

	for (i = 0; i < 256; i++) {
		if (bpe->byte_level) {
			s[0] = (char)i;
			bpe->byte_ids[i] = jk_vocab_find(&bpe->vocab, s, 1);
		} else {
			snprintf(s, sizeof s, "<0x%02X>", i);
			bpe->byte_ids[i] = jk_vocab_find(&bpe->vocab, s, 6);
		}
	}
	for (code = 0; code < JK_FIRST_IDS; code++) {
		jk_buf_clear(&b);
		jk_buf_add_utf8(&b, code);
		bpe->first_ids[code] = jk_vocab_find(&bpe->vocab,
		    jk_buf_str(&b), b.len);
	}
	r = jk_buf_check(&b, err);
	jk_buf_release(&b);
	return r;
}

int
jk_ids_reserve(struct jk_ids *ids, size_t n, struct jk_err *err)
{
	size_t cap = ids->cap ? ids->cap : 256;
	uint32_t *p;

	if (ids->cap - ids->n >= n)
		return 0;
	while (cap - ids->n < n) {
		if (cap > SIZE_MAX / 2 / sizeof *p)
			return jk_fail_nomem(err);
		cap *= 2;
	}
	p = realloc(ids->v, cap * sizeof *p);
	if (!p)
		return jk_fail_nomem(err);
	ids->v = p;
	ids->cap = cap;
	return 0;
}

void
jk_ids_release(struct jk_ids *ids)
{
	free(ids->v);
	*ids = (struct jk_ids){ 0 };
}

/* The id of the character of `size` bytes at s, or -1. */
static int32_t
character_id(const struct jk_bpe *bpe, const char *s, size_t size,
    uint32_t code)
{
	return code < JK_FIRST_IDS ? bpe->first_ids[code] :
	    jk_vocab_find(&bpe->vocab, s, size);
}

/* --- merging */

static const struct jk_merge *
find_merge(const struct jk_bpe *bpe, uint32_t left, uint32_t right)
{
	const struct jk_merge *m = merge_slot(bpe, left, right);

	return m->left == NONE ? NULL : m;
}

/* Merge n ids in place, looking for the best pair again and again. */
static size_t
merge_short(const struct jk_bpe *bpe, uint32_t *ids, size_t n)
{
	uint32_t rank[SHORT_WORD], made[SHORT_WORD];
	const struct jk_merge *m;
	size_t i, best;

	for (i = 0; i + 1 < n; i++) {
		m = find_merge(bpe, ids[i], ids[i + 1]);
		rank[i] = m ? m->rank : NONE;
		made[i] = m ? m->id : 0;
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
			m = find_merge(bpe, ids[i], ids[i + 1]);
			rank[i] = m ? m->rank : NONE;
			made[i] = m ? m->id : 0;
		}
	}
	return n;
}

static bool
before(const struct jk_candidate *a, const struct jk_candidate *b)
{
	return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void
push(struct jk_candidate *heap, size_t *n, struct jk_candidate c)
{
	size_t i = (*n)++, up;

	for (; i > 0 && before(&c, &heap[up = (i - 1) / 2]); i = up)
		heap[i] = heap[up];
	heap[i] = c;
}

static struct jk_candidate
pop(struct jk_candidate *heap, size_t *n)
{
	struct jk_candidate top = heap[0], last = heap[--*n];
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
	m = find_merge(bpe, s[at].id, s[s[at].next].id);
	if (m)
		push(w->heap, n_heap, (struct jk_candidate){ m->rank, at,
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
		struct jk_candidate c = pop(w->heap, &n_heap);
		struct jk_symbol *left = &s[c.at], *right;
		const struct jk_merge *m;

		/* what it was made for may be gone or changed */
		if (left->gone || left->next == NONE)
			continue;
		right = &s[left->next];
		m = find_merge(bpe, left->id, right->id);
		if (!m || m->id != c.id)
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

/* --- words */

/*
 * The symbols of a word of characters.  What is unknown becomes bytes or the
 * unknown token, exactly as models/bpe/model.rs (merge_word) has it.
 */
static int
add_characters(const struct jk_bpe *bpe, const char *s, size_t n,
    struct jk_ids *out, struct jk_err *err)
{
	bool pending = false;
	uint32_t code;
	size_t i, size, k;

	/* a character makes at most one id a byte, and one of before it */
	if (jk_ids_reserve(out, n + 1, err) < 0)
		return -1;
	for (i = 0; i < n; i += size) {
		int32_t id;
		bool all = bpe->byte_fallback;

		size = jk_utf8_decode(s + i, n - i, &code);
		if (size == 0)
			return jk_fail(err, JK_EDATA, "invalid UTF-8");
		id = character_id(bpe, s + i, size, code);
		if (id >= 0) {
			if (pending)
				out->v[out->n++] = (uint32_t)bpe->unk_id;
			pending = false;
			out->v[out->n++] = (uint32_t)id;
			continue;
		}
		for (k = 0; k < size && all; k++)
			all = bpe->byte_ids[(unsigned char)s[i + k]] >= 0;
		for (k = 0; k < size && all; k++)
			out->v[out->n++] = (uint32_t)
			    bpe->byte_ids[(unsigned char)s[i + k]];
		if (all || bpe->unk_id < 0)
			continue;
		if (pending && !bpe->fuse_unk)
			out->v[out->n++] = (uint32_t)bpe->unk_id;
		pending = true;
	}
	if (pending)
		out->v[out->n++] = (uint32_t)bpe->unk_id;
	return 0;
}

static int
add_bytes(const struct jk_bpe *bpe, const char *s, size_t n,
    struct jk_ids *out, struct jk_err *err)
{
	bool unknown = false, was_unknown;
	size_t i;

	if (jk_ids_reserve(out, n, err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		int32_t id = bpe->byte_ids[(unsigned char)s[i]];

		was_unknown = unknown;
		unknown = id < 0;
		if (unknown && was_unknown && bpe->fuse_unk)
			continue;
		if (unknown)
			id = bpe->unk_id;
		if (id >= 0)
			out->v[out->n++] = (uint32_t)id;
	}
	return 0;
}

/* A word that is not in the cache. */
static int
encode_word(const struct jk_bpe *bpe, struct jk_bpe_work *w, const char *s,
    size_t n, struct jk_ids *out, struct jk_err *err)
{
	size_t first = out->n, count;
	int32_t id;

	if (bpe->ignore_merges && (id = jk_vocab_find(&bpe->vocab, s, n)) >= 0)
	{
		if (jk_ids_reserve(out, 1, err) < 0)
			return -1;
		out->v[out->n++] = (uint32_t)id;
		return 0;
	}
	if ((bpe->byte_level ? add_bytes(bpe, s, n, out, err) :
	    add_characters(bpe, s, n, out, err)) < 0)
		return -1;
	count = out->n - first;
	if (count < 2 || bpe->n_slots == 0)
		return 0;
	if (count <= SHORT_WORD)
		count = merge_short(bpe, out->v + first, count);
	else if (merge_long(bpe, w, out->v + first, &count, err) < 0)
		return -1;
	out->n = first + count;
	return 0;
}

static void
remember(struct jk_bpe_work *w, uint64_t hash, const char *s, size_t n,
    const uint32_t *ids, size_t n_ids)
{
	struct jk_cached *c;

	if (n + w->n_text > CACHE_TEXT || n_ids + w->n_ids > CACHE_IDS ||
	    w->n_cached >= CACHE_SLOTS / 2) {
		memset(w->cache, 0, CACHE_SLOTS * sizeof *w->cache);
		w->n_text = w->n_ids = w->n_cached = 0;
	}
	c = &w->cache[hash & (CACHE_SLOTS - 1)];
	while (c->n_text)
		c = c == w->cache + CACHE_SLOTS - 1 ? w->cache : c + 1;
	*c = (struct jk_cached){ hash, w->n_text, (uint32_t)n, w->n_ids,
		(uint32_t)n_ids };
	memcpy(w->cached_text + w->n_text, s, n);
	memcpy(w->cached_ids + w->n_ids, ids, n_ids * sizeof *ids);
	w->n_text += (uint32_t)n;
	w->n_ids += (uint32_t)n_ids;
	w->n_cached++;
}

static int
encode_cached(const struct jk_bpe *bpe, struct jk_bpe_work *w, const char *s,
    size_t n, struct jk_ids *out, struct jk_err *err)
{
	const struct jk_cached *c;
	uint64_t hash;
	size_t first = out->n;

	if (n > CACHED_WORD)
		return encode_word(bpe, w, s, n, out, err);
	if (n == 0)
		return 0;
	/* a word may have no ids at all: out->v must still point somewhere */
	if (jk_ids_reserve(out, 1, err) < 0)
		return -1;
	hash = jk_hash_short(s, n);
	for (c = &w->cache[hash & (CACHE_SLOTS - 1)]; c->n_text;
	    c = c == w->cache + CACHE_SLOTS - 1 ? w->cache : c + 1) {
		if (c->hash != hash || c->n_text != n ||
		    memcmp(w->cached_text + c->text, s, n) != 0)
			continue;
		if (jk_ids_reserve(out, c->n_ids, err) < 0)
			return -1;
		memcpy(out->v + out->n, w->cached_ids + c->ids,
		    c->n_ids * sizeof *out->v);
		out->n += c->n_ids;
		return 0;
	}
	if (encode_word(bpe, w, s, n, out, err) < 0)
		return -1;
	remember(w, hash, s, n, out->v + first, out->n - first);
	return 0;
}

/* May text be cut behind the n bytes at s, before "▁"? */
static bool
may_cut(const struct jk_bpe *bpe, const char *s, size_t n)
{
	size_t size;
	uint32_t code = last_character(s, n, &size);

	return code != 0x2581 && !is_joiner(bpe, code) &&
	    character_id(bpe, s + n - size, size, code) >= 0;
}

int
jk_bpe_encode(const struct jk_bpe *bpe, struct jk_bpe_work *w, const char *s,
    size_t n, struct jk_ids *out, struct jk_err *err)
{
	size_t from = 0, at;
	const char *p;

	/*
	 * Cutting changes nothing where no merge spans the cut.  A byte token
	 * or an unknown one before it is left alone: what merges with those
	 * is another question.
	 */
	if (bpe->n_joiners <= JK_MAX_JOINERS && !bpe->byte_level &&
	    !bpe->ignore_merges) {
		for (at = 1; at < n && (p = memmem(s + at, n - at, SPACE, 3));
		    at = (size_t)(p - s) + 3) {
			size_t k = (size_t)(p - s);

			if (!may_cut(bpe, s, k))
				continue;
			if (encode_cached(bpe, w, s + from, k - from, out,
			    err) < 0)
				return -1;
			from = k;
		}
	}
	return encode_cached(bpe, w, s + from, n - from, out, err);
}

int
jk_bpe_work_init(struct jk_bpe_work *w, struct jk_err *err)
{
	*w = (struct jk_bpe_work){ 0 };
	w->cache = calloc(CACHE_SLOTS, sizeof *w->cache);
	w->cached_text = malloc(CACHE_TEXT);
	w->cached_ids = malloc(CACHE_IDS * sizeof *w->cached_ids);
	if (!w->cache || !w->cached_text || !w->cached_ids) {
		jk_bpe_work_release(w);
		return jk_fail_nomem(err);
	}
	return 0;
}

void
jk_bpe_work_release(struct jk_bpe_work *w)
{
	free(w->symbols);
	free(w->heap);
	free(w->cache);
	free(w->cached_text);
	free(w->cached_ids);
	*w = (struct jk_bpe_work){ 0 };
}
