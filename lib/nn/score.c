#include "nn/score.h"

#include <math.h>
#include <stdlib.h>

enum { HEAD_BYTES = 64 << 20, MIN_HEADS = 16, MAX_HEADS = 512 };

struct state {
	const struct jk_scoring *how;
	struct jk_inference f;
	uint32_t max_rows, max_heads;
	uint64_t targets_at, losses_at;	/* device */
	struct jk_row *rows;
	/* [max_rows]: scored rows of the pass, the token that each should
	 * give, the record that it counts for */
	uint32_t *heads, *targets;
	size_t *owners;
	float *losses;
};

static enum jk_weight_use
use(const struct state *s)
{
	return s->how->rowwise ? JK_WEIGHT_VECTOR : JK_WEIGHT_MATRIX;
}

static void
stop(struct state *s)
{
	struct jk_dev *dev = s->how->weights->dev;

	jk_dev_free(dev, s->targets_at);
	jk_dev_free(dev, s->losses_at);
	jk_inference_release(&s->f);
	free(s->rows);
	free(s->heads);
	free(s->targets);
	free(s->owners);
	free(s->losses);
}

static int
start(struct state *s, const struct jk_score *records, size_t n,
    struct jk_err *err)
{
	const struct jk_weights *w = s->how->weights;
	uint64_t heads = HEAD_BYTES / 4 / w->config->vocab_size;
	uint64_t total = 0;
	uint32_t longest = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (records[i].n > w->n_positions)
			return jk_fail(err, JK_EDATA, "record %zu has %u "
			    "tokens, more than %u", i + 1, records[i].n,
			    w->n_positions);
		if (records[i].n > longest)
			longest = records[i].n;
		total += records[i].n;
	}
	s->max_rows = total < s->how->pack_rows ? (uint32_t)total :
	    s->how->pack_rows;
	if (s->max_rows < longest)
		s->max_rows = longest;
	if (s->max_rows == 0)
		s->max_rows = 1;
	heads = heads > MAX_HEADS ? MAX_HEADS : heads;
	heads = heads < MIN_HEADS ? MIN_HEADS : heads;
	s->max_heads = heads < s->max_rows ? (uint32_t)heads : s->max_rows;
	s->rows = calloc(s->max_rows, sizeof *s->rows);
	s->heads = calloc(s->max_rows, sizeof *s->heads);
	s->targets = calloc(s->max_rows, sizeof *s->targets);
	s->owners = calloc(s->max_rows, sizeof *s->owners);
	s->losses = calloc(s->max_heads, sizeof *s->losses);
	if (!s->rows || !s->heads || !s->targets || !s->owners || !s->losses)
		return jk_fail_nomem(err);
	if (jk_inference_init(&s->f, w, s->how->lora, s->max_rows,
	    s->max_heads, NULL, err) < 0 ||
	    jk_dev_alloc(w->dev, 4 * (size_t)s->max_heads, &s->targets_at,
	    err) < 0)
		return -1;
	return jk_dev_alloc(w->dev, 4 * (size_t)s->max_heads, &s->losses_at,
	    err);
}

/* One chunk of the head: n scored rows of the pass from `from` on. */
static int
chunk(struct state *s, struct jk_score *records, uint32_t from, uint32_t n,
    struct jk_err *err)
{
	const struct jk_weights *w = s->how->weights;
	uint32_t i;

	if (jk_inference_head(&s->f, use(s), s->how->rowwise,
	    s->heads + from, n, err) < 0 ||
	    jk_dev_upload(w->dev, s->targets_at, s->targets + from,
	    4 * (size_t)n, err) < 0 ||
	    JK_RUN(w->dev, cross_entropy, (&(struct jk_cross_entropy){
		.logits = s->f.logits, .target = s->targets_at,
		.loss = s->losses_at, .n_rows = n,
		.n_vocab = w->config->vocab_size, .scale = 1 }), err) < 0 ||
	    jk_dev_download(w->dev, s->losses, s->losses_at, 4 * (size_t)n,
	    err) < 0)
		return -1;
	for (i = 0; i < n; i++) {
		struct jk_score *r = &records[s->owners[from + i]];

		if (!isfinite(s->losses[i]))
			return jk_fail(err, JK_EDATA, "record %zu: the loss "
			    "is not finite", s->owners[from + i] + 1);
		r->nll += (double)s->losses[i];
		r->n_scored++;
	}
	return 0;
}

/* Rows of a record: up to the one that gives its last scored token. */
static uint32_t
rows_of(const struct jk_score *r)
{
	return r->n_runs ? r->runs[r->n_runs - 1].end - 1 : 0;
}

/*
 * Records that go into one pass from `first` on, and the prefix that they
 * share: tokens before the row of each one's first scored token.
 */
struct group {
	size_t last;		/* behind the last record */
	uint32_t prefix_len;	/* 0 for a record alone */
};

static struct group
next_group(const struct state *s, const struct jk_score *records, size_t first,
    size_t n)
{
	struct group g = { .last = first };
	uint64_t total = 0;	/* rows without sharing */

	for (; g.last < n; g.last++) {
		const struct jk_score *a = &records[first];
		const struct jk_score *b = &records[g.last];
		uint64_t count = g.last - first;
		uint32_t limit = b->n_runs ? b->runs[0].begin - 1 : 0;
		uint32_t shared = 0;

		if (s->how->rowwise)
			limit = 0;
		if (g.last == first)
			shared = limit;
		else
			while (shared < g.prefix_len && shared < limit &&
			    a->ids[shared] == b->ids[shared])
				shared++;
		total += rows_of(b);
		if (count > 0 && total - count * shared > s->max_rows)
			break;
		g.prefix_len = shared;
	}
	if (g.last - first == 1)
		g.prefix_len = 0;
	return g;
}

/* The rows of tokens [from, to) of a record; from: the length of a prefix. */
static uint32_t
put_rows(struct state *s, const struct jk_score *r, uint32_t at, uint32_t from,
    uint32_t to)
{
	uint32_t begin = at, t;

	for (t = from; t < to; t++, at++)
		s->rows[at] = (struct jk_row){ .token = r->ids[t],
			.position = t, .prefix_len = from, .own_begin = begin,
			.own_end = begin + to - from, .kv_row = at };
	return at;
}

/* A group of records in one pass, the prefix once. */
static int
pass(struct state *s, struct jk_score *records, size_t first,
    const struct group *g, struct jk_err *err)
{
	uint32_t shared = g->prefix_len, n_heads = 0, i, t, from, len;
	uint32_t n = put_rows(s, &records[first], 0, 0, shared);
	size_t k;

	for (k = first; k < g->last; k++) {
		struct jk_score *r = &records[k];
		uint32_t begin = n;

		r->nll = 0;
		r->n_scored = 0;
		n = put_rows(s, r, n, shared, rows_of(r));
		for (i = 0; i < r->n_runs; i++)
			for (t = r->runs[i].begin; t < r->runs[i].end; t++) {
				s->heads[n_heads] = begin + t - 1 - shared;
				s->targets[n_heads] = r->ids[t];
				s->owners[n_heads++] = k;
			}
	}
	if (n_heads == 0)
		return 0;
	if (jk_inference_pass(&s->f, use(s), s->how->rowwise, s->rows, n,
	    err) < 0)
		return -1;
	for (from = 0; from < n_heads; from += len) {
		len = n_heads - from < s->max_heads ? n_heads - from :
		    s->max_heads;
		if (chunk(s, records, from, len, err) < 0)
			return -1;
	}
	return 0;
}

int
jk_score_records(const struct jk_scoring *how, struct jk_score *records,
    size_t n, struct jk_err *err)
{
	struct state s = { .how = how };
	struct group g;
	size_t first;
	int r = -1;

	if (start(&s, records, n, err) < 0)
		goto out;
	for (first = 0; first < n; first = g.last) {
		g = next_group(&s, records, first, n);
		if (pass(&s, records, first, &g, err) < 0)
			goto out;
		if (how->progress)
			how->progress(how->ctx, g.last);
	}
	r = 0;
out:
	stop(&s);
	return r;
}
