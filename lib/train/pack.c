#include "train/pack.h"

#include <stdlib.h>

/* Rows of a record, the prefix's among them. */
static uint32_t
record_rows(const struct jk_batch *b, uint32_t i)
{
	return b->data->examples[b->records[i]].n_tokens - 1;
}

/* Rows that a record adds to a pack. */
static uint32_t
own_rows(const struct jk_batch *b, uint32_t i)
{
	return record_rows(b, i) - (b->share ? b->prefix_len : 0);
}

/* Up to where a record may share: before the row that predicts an answer. */
static uint32_t
prefix_limit(const struct jk_dataset *d, uint32_t record)
{
	const struct jk_data_record *e = &d->examples[record];
	uint32_t first = 1;

	while (!jk_dataset_supervised(d, record, first))
		first++;
	if (e->n_prompt > 0 && e->n_prompt < first)
		first = e->n_prompt;
	return first - 1;
}

void
jk_batch_init(struct jk_batch *b, const struct jk_dataset *data,
    const uint32_t *records, uint32_t n, bool share)
{
	uint32_t i, k, limit;

	*b = (struct jk_batch){ .data = data, .records = records, .n = n,
		.share = share };
	for (i = 0; i < n; i++) {
		const struct jk_data_record *e = &data->examples[records[i]];

		b->n_supervised += e->n_supervised;
		if (e->n_tokens > b->longest)
			b->longest = e->n_tokens;
		b->weight += (double)e->weight * e->n_supervised;
		limit = prefix_limit(data, records[i]);
		if (i == 0 || limit < b->prefix_len)
			b->prefix_len = limit;
		for (k = 0; k < b->prefix_len; k++)
			if (jk_dataset_token(data, records[i], k) !=
			    jk_dataset_token(data, records[0], k))
				b->prefix_len = k;
	}
}

void
jk_batch_at(struct jk_batch *b, const struct jk_dataset *data,
    const uint32_t *order, size_t at, uint64_t most, bool share)
{
	const size_t left = data->n - at;

	jk_batch_init(b, data, order + at, (uint32_t)(left < most ? left :
	    most), share);
}

int
jk_batch_of_step(struct jk_batch *b, const struct jk_dataset *data,
    struct jk_order *order, uint64_t step, uint64_t per_epoch, uint64_t most,
    bool share, struct jk_err *err)
{
	if (jk_order_epoch(order, step / per_epoch, err) < 0)
		return -1;
	jk_batch_at(b, data, order->records, step % per_epoch * most, most,
	    share);
	return 0;
}

struct jk_pack_size
jk_pack_size(const struct jk_batch *b, uint32_t begin, uint32_t end)
{
	struct jk_pack_size s = { b->share ? b->prefix_len : 0, 0 };
	uint32_t i;

	for (i = begin; i < end; i++) {
		s.n_rows += own_rows(b, i);
		s.n_heads += b->data->examples[b->records[i]].n_supervised;
	}
	return s;
}

void
jk_batch_cut(const struct jk_batch *b, uint32_t n, uint32_t *bounds)
{
	uint64_t all = 0, before = 0, middle;
	uint32_t i, share = 0;

	for (i = 0; i < b->n; i++)
		all += own_rows(b, i);
	bounds[0] = 0;
	for (i = 0; i < b->n; i++) {
		middle = 2 * before + own_rows(b, i);
		/* middle / (2 all) is not in share / n any more */
		while (share + 1 < n && middle * n >= 2 * all * (share + 1))
			bounds[++share] = i;
		before += own_rows(b, i);
	}
	while (share < n)
		bounds[++share] = b->n;
}

uint32_t
jk_pack_end(const struct jk_batch *b, uint32_t begin, uint32_t end,
    uint32_t max_rows)
{
	uint64_t n = b->share ? b->prefix_len : 0;
	uint32_t i;

	for (i = begin; i < end; i++) {
		n += own_rows(b, i);
		if (n > max_rows && i > begin)
			break;
	}
	return i;
}

int
jk_pack_init(struct jk_pack *p, struct jk_pack_size max, struct jk_err *err)
{
	*p = (struct jk_pack){ 0 };
	p->rows = malloc(((size_t)max.n_rows + 1) * sizeof *p->rows);
	p->heads = malloc(((size_t)max.n_heads + 1) * sizeof *p->heads);
	p->targets = malloc(((size_t)max.n_heads + 1) * sizeof *p->targets);
	p->weights = malloc(((size_t)max.n_heads + 1) * sizeof *p->weights);
	if (!p->rows || !p->heads || !p->targets || !p->weights) {
		jk_pack_release(p);
		return jk_fail_nomem(err);
	}
	return 0;
}

void
jk_pack_release(struct jk_pack *p)
{
	free(p->rows);
	free(p->heads);
	free(p->targets);
	free(p->weights);
	*p = (struct jk_pack){ 0 };
}

void
jk_pack_fill(struct jk_pack *p, const struct jk_batch *b, uint32_t begin,
    uint32_t end)
{
	const uint32_t shared = b->share ? b->prefix_len : 0;
	uint32_t i, k, at = 0, first;

	p->n_heads = 0;
	for (k = 0; k < shared; k++, at++)
		p->rows[at] = (struct jk_row){
			.token = jk_dataset_token(b->data, b->records[begin],
			    k),
			.position = k, .own_end = shared, .kv_row = at,
			.ordinal = JK_ORDINAL_PREFIX };
	for (i = begin; i < end; i++) {
		uint32_t record = b->records[i], n = record_rows(b, i);

		first = at;
		for (k = shared; k < n; k++, at++) {
			p->rows[at] = (struct jk_row){
				.token = jk_dataset_token(b->data, record, k),
				.position = k, .prefix_len = shared,
				.own_begin = first,
				.own_end = first + n - shared, .kv_row = at,
				.ordinal = k < b->prefix_len ?
				    JK_ORDINAL_PREFIX : i };
			if (!jk_dataset_supervised(b->data, record, k + 1))
				continue;
			p->heads[p->n_heads] = at;
			p->weights[p->n_heads] =
			    b->data->examples[record].weight;
			p->targets[p->n_heads++] = jk_dataset_token(b->data,
			    record, k + 1);
		}
	}
	p->n_rows = at;
}
