#include "report/overlap.h"

#include <stdlib.h>
#include <string.h>

void
jk_overlap_release(struct jk_overlap *o)
{
	size_t i;

	for (i = 0; i < o->n_jokes; i++)
		free(o->jokes[i].id);
	free(o->jokes);
	free(o->words);
	free(o->next);
	free(o->heads);
	*o = (struct jk_overlap){ 0 };
}

int
jk_overlap_add(struct jk_overlap *o, const char *id,
    const struct jk_words *words, struct jk_err *err)
{
	size_t need = o->n + words->n + 1, cap, i;
	void *p;

	if (need >= UINT32_MAX)
		return jk_fail(err, JK_ESYS, "too many words to index");
	if (need > o->cap) {
		cap = need * 2;
		p = realloc(o->words, cap * sizeof *o->words);
		if (!p)
			return jk_fail_nomem(err);
		o->words = p;
		o->cap = cap;
	}
	if (o->n_jokes == o->jokes_cap) {
		cap = o->jokes_cap ? o->jokes_cap * 2 : 256;
		p = realloc(o->jokes, cap * sizeof *o->jokes);
		if (!p)
			return jk_fail_nomem(err);
		o->jokes = p;
		o->jokes_cap = cap;
	}
	p = strdup(id);
	if (!p)
		return jk_fail_nomem(err);
	o->jokes[o->n_jokes++] = (struct jk_overlap_joke){ p, o->n };
	for (i = 0; i < words->n; i++)
		o->words[o->n++] = words->v[i].hash;
	o->words[o->n++] = 0;
	return 0;
}

/* A hash of JK_OVERLAP_MIN words; the mixer of splitmix64. */
static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h + 0x9e3779b97f4a7c15u) ^ word;
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
	return h ^ (h >> 31);
}

int
jk_overlap_build(struct jk_overlap *o, struct jk_err *err)
{
	uint64_t h;
	size_t i, k, bucket;

	o->n_heads = 1024;
	while (o->n_heads < o->n)
		o->n_heads *= 2;
	o->heads = calloc(o->n_heads, sizeof *o->heads);
	o->next = calloc(o->n ? o->n : 1, sizeof *o->next);
	if (!o->heads || !o->next)
		return jk_fail_nomem(err);
	/* backwards, so that a bucket lists the first joke first */
	for (i = o->n; i-- > 0; ) {
		h = 0;
		for (k = 0; k < JK_OVERLAP_MIN && o->words[i + k]; k++)
			h = mix(h, o->words[i + k]);
		if (k < JK_OVERLAP_MIN)
			continue;
		bucket = h & (o->n_heads - 1);
		o->next[i] = o->heads[bucket];
		o->heads[bucket] = (uint32_t)i + 1;
	}
	return 0;
}

static const char *
joke_at(const struct jk_overlap *o, size_t position)
{
	size_t low = 0, high = o->n_jokes, mid;

	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (o->jokes[mid].first <= position)
			low = mid;
		else
			high = mid;
	}
	return o->jokes[low].id;
}

struct jk_overlap_match
jk_overlap_find(const struct jk_overlap *o, const struct jk_words *text)
{
	struct jk_overlap_match best = { 0 };
	size_t i, k, position, best_position = 0;
	uint32_t link;
	uint64_t h;

	if (!o->n_heads)
		return best;
	for (i = 0; i + JK_OVERLAP_MIN <= text->n; i++) {
		h = 0;
		for (k = 0; k < JK_OVERLAP_MIN; k++)
			h = mix(h, text->v[i + k].hash);
		link = o->heads[h & (o->n_heads - 1)];
		for (; link; link = o->next[position]) {
			position = link - 1;
			/* the middle of a run that was seen from its start */
			if (i > 0 && position > 0 && o->words[position - 1] ==
			    text->v[i - 1].hash)
				continue;
			for (k = 0; i + k < text->n && o->words[position + k] ==
			    text->v[i + k].hash; k++)
				;
			if (k >= JK_OVERLAP_MIN && k > best.n_words) {
				best.n_words = k;
				best.at = i;
				best_position = position;
			}
		}
	}
	if (best.n_words)
		best.id = joke_at(o, best_position);
	return best;
}
