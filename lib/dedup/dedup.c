#include "dedup/dedup.h"

#include <stdlib.h>
#include <string.h>

#include "dedup/normalize.h"

enum { MOST_TEXTS = 0x7fffffff };

int
jk_dedup_init(struct jk_dedup *d, bool near, double threshold,
    struct jk_err *err)
{
	*d = (struct jk_dedup){ .near = near, .threshold = threshold };
	d->spool.out.fd = -1;
	if (!near)
		return 0;
	jk_minhash_init(&d->minhash);
	return jk_spool_open(&d->spool, err);
}

void
jk_dedup_release(struct jk_dedup *d)
{
	free(d->texts);
	free(d->signatures);
	free(d->slots);
	jk_spool_close(&d->spool);
	jk_minhash_release(&d->minhash);
	jk_similar_release(&d->similar);
	jk_buf_release(&d->normal);
	jk_buf_release(&d->pair[0]);
	jk_buf_release(&d->pair[1]);
	*d = (struct jk_dedup){ 0 };
}

/* The slot that holds the text with this hash, or where it belongs. */
static uint32_t *
find_slot(const struct jk_dedup *d, struct jk_hash128 h)
{
	size_t mask = d->n_slots - 1, at = (size_t)h.low & mask;
	const struct jk_dedup_text *t;

	for (; d->slots[at]; at = (at + 1) & mask) {
		t = &d->texts[d->slots[at] - 1];
		if (t->hash.low == h.low && t->hash.high == h.high)
			break;
	}
	return &d->slots[at];
}

static int
grow_slots(struct jk_dedup *d, struct jk_err *err)
{
	size_t n = d->n_slots ? d->n_slots * 2 : 1 << 12;
	uint32_t i;

	free(d->slots);
	d->slots = calloc(n, sizeof *d->slots);
	if (!d->slots)
		return jk_fail_nomem(err);
	d->n_slots = n;
	for (i = 0; i < d->n_texts; i++)
		*find_slot(d, d->texts[i].hash) = i + 1;
	return 0;
}

static int
grow_texts(struct jk_dedup *d, struct jk_err *err)
{
	size_t cap = d->cap + d->cap / 2 + 1024;
	void *p;

	p = realloc(d->texts, cap * sizeof *d->texts);
	if (!p)
		return jk_fail_nomem(err);
	d->texts = p;
	if (d->near) {
		p = realloc(d->signatures, cap * sizeof *d->signatures);
		if (!p)
			return jk_fail_nomem(err);
		d->signatures = p;
	}
	d->cap = (uint32_t)cap;
	return 0;
}

int
jk_dedup_add(struct jk_dedup *d, const char *text, size_t n, uint32_t *index,
    struct jk_err *err)
{
	struct jk_dedup_text *t;
	struct jk_hash128 h;
	uint32_t *slot;

	jk_buf_clear(&d->normal);
	jk_normalize(&d->normal, text, n);
	if (jk_buf_check(&d->normal, err) < 0)
		return -1;
	if (d->normal.len > UINT32_MAX)
		return jk_fail(err, JK_EDATA, "a text of 4 GiB or more");
	if (d->n_texts >= d->n_slots / 2 && grow_slots(d, err) < 0)
		return -1;
	h = jk_hash128(jk_buf_str(&d->normal), d->normal.len);
	slot = find_slot(d, h);
	if (*slot) {
		*index = *slot - 1;
		return 0;
	}
	if (d->n_texts == MOST_TEXTS)
		return jk_fail(err, JK_EDATA, "more than %d different texts",
		    MOST_TEXTS);
	if (d->n_texts == d->cap && grow_texts(d, err) < 0)
		return -1;
	t = &d->texts[d->n_texts];
	*t = (struct jk_dedup_text){
		.hash = h,
		.offset = d->spool.size_bytes,
		.size_bytes = (uint32_t)d->normal.len,
		.cluster = d->n_texts
	};
	if (d->near && (jk_minhash_sign(&d->minhash, jk_buf_str(&d->normal),
	    d->normal.len, d->signatures[d->n_texts], err) < 0 ||
	    jk_spool_add(&d->spool, jk_buf_str(&d->normal), d->normal.len,
	    err) < 0))
		return -1;
	*index = d->n_texts++;
	*slot = d->n_texts;
	return 0;
}

/* --- near duplicates */

static uint32_t
find_root(struct jk_dedup_text *t, uint32_t i)
{
	while (t[i].cluster != i) {
		t[i].cluster = t[t[i].cluster].cluster;
		i = t[i].cluster;
	}
	return i;
}

/* The lower root stays the root. */
static void
join_roots(struct jk_dedup_text *t, uint32_t a, uint32_t b)
{
	if (a < b)
		t[b].cluster = a;
	else
		t[a].cluster = b;
}

static int
load(struct jk_dedup *d, uint32_t i, struct jk_buf *to, struct jk_err *err)
{
	const struct jk_dedup_text *t = &d->texts[i];

	jk_buf_clear(to);
	jk_buf_reserve(to, t->size_bytes);
	if (jk_buf_check(to, err) < 0)
		return -1;
	to->len = t->size_bytes;
	return jk_spool_get(&d->spool, t->offset, to->data, to->len, err);
}

/* Has a band before this one already brought the two together? */
static bool
met_before(const uint8_t *a, const uint8_t *b, unsigned band)
{
	unsigned i;

	for (i = 0; i < band; i++)
		if (jk_minhash_band(a, i) == jk_minhash_band(b, i))
			return true;
	return false;
}

struct entry {
	uint32_t key, index;
};

/* The candidates whose signatures agree most, the best one first. */
struct candidates {
	struct {
		uint32_t index;
		unsigned agree;
	} v[JK_DEDUP_COMPARED];
	unsigned n;
};

static void
add_candidate(struct candidates *c, uint32_t index, unsigned agree)
{
	unsigned i;

	if (c->n < JK_DEDUP_COMPARED)
		c->n++;
	else if (c->v[c->n - 1].agree >= agree)
		return;
	for (i = c->n - 1; i > 0 && c->v[i - 1].agree < agree; i--)
		c->v[i] = c->v[i - 1];
	c->v[i].index = index;
	c->v[i].agree = agree;
}

/*
 * Candidates for the last of the n entries of a group, which stand in order
 * of length, among those before it.
 */
static struct candidates
find_candidates(struct jk_dedup *d, const struct entry *e, size_t n,
    unsigned band)
{
	struct jk_dedup_text *t = d->texts;
	struct candidates c = { .n = 0 };
	uint32_t last = e[n - 1].index, other;
	const uint8_t *signature = d->signatures[last];
	/*
	 * A text weighs its size and 1.  Similarity is at most
	 * 2 w / (w + w(last)): too low for a text shorter than this.
	 */
	double least = d->threshold / (2 - d->threshold) *
	    (t[last].size_bytes + 1.0) - 1;
	/*
	 * Words in common make sequences in common: among 95,000 jokes no
	 * near duplicates agreed in fewer than 40 places of 128.
	 */
	const unsigned few = JK_MINHASH_BYTES / 4;
	unsigned agree;
	size_t i;

	for (i = n - 1; i-- > 0 && n - 1 - i <= JK_DEDUP_LOOKED_AT; ) {
		other = e[i].index;
		if (t[other].size_bytes < least)
			break;
		if (find_root(t, other) == find_root(t, last))
			continue;
		agree = jk_minhash_agree(signature, d->signatures[other]);
		if (agree >= few &&
		    !met_before(signature, d->signatures[other], band))
			add_candidate(&c, other, agree);
	}
	return c;
}

static int
compare_last(struct jk_dedup *d, const struct entry *e, size_t n,
    unsigned band, struct jk_err *err)
{
	struct candidates c = find_candidates(d, e, n, band);
	uint32_t last = e[n - 1].index, other;
	unsigned i, failed = 0;
	int r;

	if (c.n && load(d, last, &d->pair[0], err) < 0)
		return -1;
	for (i = 0; i < c.n && failed < JK_DEDUP_FAILED; i++) {
		other = c.v[i].index;
		if (find_root(d->texts, other) == find_root(d->texts, last))
			continue;
		if (load(d, other, &d->pair[1], err) < 0)
			return -1;
		r = jk_similar(&d->similar, d->pair[0].data, d->pair[0].len,
		    d->pair[1].data, d->pair[1].len, d->threshold, err);
		if (r < 0)
			return -1;
		failed = r ? 0 : failed + 1;
		if (r)
			join_roots(d->texts, find_root(d->texts, last),
			    find_root(d->texts, other));
	}
	return 0;
}

/* A stable sort by the key; four passes leave the result in `e`. */
static void
sort_by_key(struct entry *e, struct entry *scratch, size_t n)
{
	struct entry *swap;
	size_t start[256], sum, count, i;
	unsigned shift;

	for (shift = 0; shift < 32; shift += 8) {
		memset(start, 0, sizeof start);
		for (i = 0; i < n; i++)
			start[e[i].key >> shift & 255]++;
		for (i = 0, sum = 0; i < 256; i++) {
			count = start[i];
			start[i] = sum;
			sum += count;
		}
		for (i = 0; i < n; i++)
			scratch[start[e[i].key >> shift & 255]++] = e[i];
		swap = e;
		e = scratch;
		scratch = swap;
	}
}

static int
compare_group(struct jk_dedup *d, const struct entry *e, size_t n,
    unsigned band, struct jk_err *err)
{
	size_t k;

	for (k = 2; k <= n; k++)
		if (compare_last(d, e, k, band, err) < 0)
			return -1;
	return 0;
}

/* `order` has the texts by length, `e` and `scratch` are memory. */
static int
compare_band(struct jk_dedup *d, unsigned band, const struct entry *order,
    struct entry *e, struct entry *scratch, struct jk_err *err)
{
	uint32_t n = d->n_texts, start, end;

	for (start = 0; start < n; start++) {
		e[start].index = order[start].index;
		e[start].key = jk_minhash_band(
		    d->signatures[order[start].index], band);
	}
	sort_by_key(e, scratch, n);
	for (start = 0; start < n; start = end) {
		for (end = start + 1; end < n && e[end].key == e[start].key;
		    end++)
			;
		if (compare_group(d, e + start, end - start, band, err) < 0)
			return -1;
	}
	return 0;
}

int
jk_dedup_cluster(struct jk_dedup *d, struct jk_err *err)
{
	struct entry *order, *e, *scratch;
	uint32_t n = d->n_texts, i;
	unsigned band;
	int r = 0;

	if (!d->near || n < 2)
		return 0;
	if (jk_spool_flush(&d->spool, err) < 0)
		return -1;
	order = malloc(n * sizeof *order);
	e = malloc(n * sizeof *e);
	scratch = malloc(n * sizeof *scratch);
	if (!order || !e || !scratch) {
		r = jk_fail_nomem(err);
		goto out;
	}
	for (i = 0; i < n; i++)
		order[i] = (struct entry){ d->texts[i].size_bytes, i };
	sort_by_key(order, scratch, n);
	for (band = 0; r == 0 && band < JK_MINHASH_BANDS; band++)
		r = compare_band(d, band, order, e, scratch, err);
	for (i = 0; i < n; i++)
		d->texts[i].cluster = find_root(d->texts, i);
out:
	free(order);
	free(e);
	free(scratch);
	return r;
}
