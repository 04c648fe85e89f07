#include "train/data.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more example and n more tokens. */
static int
grow(struct jk_dataset *d, size_t n, struct jk_err *err)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 256;
		struct jk_data_record *p = realloc(d->examples, cap * sizeof *p);

		if (!p)
			return jk_fail_nomem(err);
		d->examples = p;
		d->cap = cap;
	}
	if (d->tokens_cap - d->n_tokens < n) {
		size_t cap = 2 * d->tokens_cap + n;
		uint32_t *p = realloc(d->tokens, cap * sizeof *p);

		if (!p)
			return jk_fail_nomem(err);
		d->tokens = p;
		d->tokens_cap = cap;
	}
	return 0;
}

int
jk_dataset_add(struct jk_dataset *d, const char *id, const uint32_t *tokens,
    const bool *mask, uint32_t n_tokens, uint32_t n_prompt,
    struct jk_err *err)
{
	struct jk_data_record e = { .id = d->ids.len, .begin = d->n_tokens,
		.n_prompt = n_prompt, .weight = 1 };
	uint32_t i;

	if (grow(d, n_tokens, err) < 0)
		return -1;
	for (i = 0; i < n_tokens; i++) {
		if (tokens[i] & JK_SUPERVISED)
			return jk_fail(err, JK_EDATA, "record %s: token %u is "
			    "%u", id, i, tokens[i]);
		if (mask[i] && (i == 0 || i < n_prompt))
			return jk_fail(err, JK_EDATA, "record %s: token %u is "
			    "supervised, but belongs to the prompt", id, i);
		d->tokens[e.begin + i] = tokens[i] |
		    (mask[i] ? JK_SUPERVISED : 0);
		if (mask[i]) {
			e.n_tokens = i + 1;
			e.n_supervised++;
		}
	}
	if (e.n_supervised == 0)
		return jk_fail(err, JK_EDATA, "record %s: no token is "
		    "supervised", id);
	jk_buf_add(&d->ids, id, strlen(id) + 1);
	if (jk_buf_check(&d->ids, err) < 0)
		return -1;
	d->examples[d->n++] = e;
	d->n_tokens += e.n_tokens;
	d->n_supervised += e.n_supervised;
	if (e.n_tokens > d->longest)
		d->longest = e.n_tokens;
	return 0;
}

void
jk_dataset_weigh(struct jk_dataset *d, float weight)
{
	d->examples[d->n - 1].weight = weight;
	d->weighted |= weight != 1;
}

int
jk_dataset_make(struct jk_dataset *d, size_t n, uint32_t n_tokens,
    struct jk_err *err)
{
	enum { MAX_TOKENS = 1 << 28 };
	uint32_t *tokens, i;
	bool *mask;
	int r = 0;

	if (n * (uint64_t)n_tokens > MAX_TOKENS)
		return jk_fail(err, JK_EUSAGE, "a step of %zu records of %u "
		    "tokens: more than %d tokens are planned for a shard only",
		    n, n_tokens, (int)MAX_TOKENS);
	tokens = calloc(n_tokens, sizeof *tokens);
	mask = calloc(n_tokens, sizeof *mask);
	if (!tokens || !mask)
		r = jk_fail_nomem(err);
	for (i = 1; r == 0 && i < n_tokens; i++)
		mask[i] = true;
	for (; r == 0 && n > 0; n--)
		r = jk_dataset_add(d, "", tokens, mask, n_tokens, 1, err);
	free(tokens);
	free(mask);
	return r;
}

void
jk_dataset_truncate(struct jk_dataset *d, size_t n)
{
	size_t i;

	if (d->n <= n)
		return;
	d->n = n;
	d->longest = 0;
	d->n_supervised = 0;
	for (i = 0; i < n; i++) {
		d->n_supervised += d->examples[i].n_supervised;
		if (d->examples[i].n_tokens > d->longest)
			d->longest = d->examples[i].n_tokens;
	}
}

void
jk_dataset_release(struct jk_dataset *d)
{
	free(d->examples);
	free(d->tokens);
	json_decref(d->template);
	jk_buf_release(&d->ids);
	*d = (struct jk_dataset){ 0 };
}
