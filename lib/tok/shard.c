#include "tok/shard.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "shards are read and written as they lie in memory: little-endian"
#endif

static int
check_weight(const struct jk_shard_record *r, struct jk_err *err)
{
	const double w = (double)r->weight;

	if (!(w >= (float)JK_SHARD_MIN_WEIGHT && w <= JK_SHARD_MAX_WEIGHT))
		return jk_fail(err, JK_EDATA, "record %s: a weight of %g",
		    r->id, w);
	return 0;
}

int
jk_shard_check(const struct jk_shard_record *r, uint32_t vocab_size,
    bool weighted, uint64_t *n_supervised, struct jk_err *err)
{
	uint32_t i, from = 1;

	if (r->n_tokens == 0 || r->n_prompt > r->n_tokens)
		return jk_fail(err, JK_EDATA, "record %s: %u tokens, %u of "
		    "them prompt", r->id, r->n_tokens, r->n_prompt);
	for (i = 0; i < r->n_tokens; i++)
		if (r->ids[i] >= vocab_size)
			return jk_fail(err, JK_EDATA, "record %s: token %u is "
			    "%u, the vocabulary has %u", r->id, i, r->ids[i],
			    vocab_size);
	for (i = 0; i < r->n_runs; i++) {
		if (r->runs[i].begin < from || r->runs[i].end <=
		    r->runs[i].begin || r->runs[i].end > r->n_tokens)
			return jk_fail(err, JK_EDATA, "record %s: bad mask",
			    r->id);
		from = r->runs[i].end;
		*n_supervised += r->runs[i].end - r->runs[i].begin;
	}
	if (r->n_runs == 0)
		return jk_fail(err, JK_EDATA, "record %s: empty mask", r->id);
	return weighted ? check_weight(r, err) : 0;
}

bool
jk_shard_same_template(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "hash", "system" };
	const json_t *v, *w;
	size_t i;

	for (i = 0; i < sizeof keys / sizeof *keys; i++) {
		v = json_object_get(a, keys[i]);
		w = json_object_get(b, keys[i]);
		if ((v != NULL) != (w != NULL) || (v && !json_equal(v, w)))
			return false;
	}
	return true;
}
