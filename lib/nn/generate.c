#include "nn/generate.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/philox.h"

/*
 * The cache: a prefix for every prompt that is in use, a sequence for every
 * slot of the batch.  A prompt's prefix is all its tokens but the last; each
 * sample's own sequence begins with that one, so a sample's first token is
 * decoded as all others are.
 */
enum { PREFILL_ROWS = 512, NONE = -1 };

struct region {		/* a prefix of the cache: of a prompt */
	uint32_t prompt, n_done;
	uint32_t n_users;	/* samples that are not finished */
	bool used;
};

struct slot {
	struct jk_sample sample;
	int region;
	bool used;
	uint32_t limit;		/* tokens that may come */
	uint64_t key;		/* of its random numbers */
	uint32_t next;		/* token of its next row */
	uint32_t *seen;		/* with a repetition penalty; each id once */
	uint32_t n_seen;
	uint8_t *is_seen;	/* bits, by id */
	uint32_t choice;	/* what was drawn */
	struct jk_err err;	/* of drawing */
	bool failed;
};

struct state {
	const struct jk_generation *g;
	struct jk_inference f;
	struct jk_cache cache;	/* prefix i: region i; sequence i: slot i */
	uint32_t n_slots, n_regions, max_rows;
	uint64_t next_sample, n_total;
	struct region *regions;
	struct slot *slots;
	struct jk_row *rows;
	uint32_t *heads;	/* rows of the pass with logits */
	uint32_t *head_slots;	/* and the slots they belong to */
	float *logits;		/* [n_slots, V] */
	bool owns_logits;
	struct jk_sampler *samplers;	/* one a thread */
	int n_threads;
};

static uint32_t
max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Tokens that a sample may get. */
static uint32_t
limit(const struct jk_generation *g, uint32_t prompt, uint32_t regime)
{
	uint32_t room = g->max_positions - g->prompts[prompt].n;
	uint32_t most = g->regimes[regime].sampling.max_new_tokens;

	return most < room ? most : room;
}

static int
measure(struct state *s, struct jk_err *err)
{
	const struct jk_generation *g = s->g;
	uint64_t per_prompt = (uint64_t)g->n_regimes * g->n_samples, rows;
	uint32_t i, r, longest = 0;

	s->n_total = per_prompt * g->n_prompts;
	s->n_slots = s->n_total < g->max_batch ? (uint32_t)s->n_total :
	    g->max_batch;
	s->n_regions = g->n_prompts < s->n_slots ? g->n_prompts : s->n_slots;
	s->cache = (struct jk_cache){ .n_prefixes = s->n_regions,
		.n_sequences = s->n_slots };
	for (i = 0; i < g->n_prompts; i++) {
		if (g->prompts[i].n >= g->max_positions)
			return jk_fail(err, JK_EDATA, "prompt %u has %u "
			    "tokens; the model's sequences have at most %u",
			    i + 1, g->prompts[i].n, g->max_positions);
		longest = max_u32(longest, g->prompts[i].n);
		for (r = 0; r < g->n_regimes; r++)
			s->cache.sequence_rows = max_u32(
			    s->cache.sequence_rows, limit(g, i, r));
	}
	s->cache.prefix_rows = longest - 1;
	rows = (uint64_t)s->n_regions * s->cache.prefix_rows;
	s->max_rows = s->n_slots +
	    (rows < PREFILL_ROWS ? (uint32_t)rows : PREFILL_ROWS);
	rows = jk_cache_rows(&s->cache);
	if (rows > UINT32_MAX)
		return jk_fail(err, JK_ESYS, "a cache of %llu rows",
		    (unsigned long long)rows);
	return jk_inference_init(&s->f, g->weights, g->lora, s->max_rows,
	    s->n_slots, &s->cache, err);
}

static int
start(struct state *s, struct jk_err *err)
{
	size_t vocab = s->g->weights->config->vocab_size;
	struct jk_dev *dev = s->g->weights->dev;
	int i;

	if (measure(s, err) < 0)
		return -1;
	s->n_threads = dev->n_threads;
	s->regions = calloc(s->n_regions, sizeof *s->regions);
	s->slots = calloc(s->n_slots, sizeof *s->slots);
	s->rows = calloc(s->max_rows, sizeof *s->rows);
	s->heads = calloc(s->n_slots, sizeof *s->heads);
	s->head_slots = calloc(s->n_slots, sizeof *s->head_slots);
	s->samplers = calloc((size_t)s->n_threads, sizeof *s->samplers);
	s->logits = jk_dev_map(dev, s->f.logits);
	if (!s->logits) {
		s->logits = malloc(s->n_slots * vocab * sizeof *s->logits);
		s->owns_logits = true;
	}
	if (!s->regions || !s->slots || !s->rows || !s->heads ||
	    !s->head_slots || !s->samplers || !s->logits)
		return jk_fail_nomem(err);
	for (i = 0; i < s->n_threads; i++)
		if (jk_sampler_init(&s->samplers[i], (uint32_t)vocab,
		    err) < 0)
			return -1;
	return 0;
}

static void
empty(struct slot *slot)
{
	free(slot->sample.ids);
	free(slot->seen);
	free(slot->is_seen);
	*slot = (struct slot){ 0 };
}

static void
stop(struct state *s)
{
	uint32_t i;
	int t;

	for (i = 0; s->slots && i < s->n_slots; i++)
		empty(&s->slots[i]);
	for (t = 0; s->samplers && t < s->n_threads; t++)
		jk_sampler_release(&s->samplers[t]);
	if (s->owns_logits)
		free(s->logits);
	free(s->regions);
	free(s->slots);
	free(s->rows);
	free(s->heads);
	free(s->head_slots);
	free(s->samplers);
	jk_inference_release(&s->f);
}

static void
see(struct slot *slot, uint32_t id)
{
	if (!slot->seen || slot->is_seen[id / 8] & 1u << id % 8)
		return;
	slot->is_seen[id / 8] |= (uint8_t)(1u << id % 8);
	slot->seen[slot->n_seen++] = id;
}

/* The region of a prompt; taken for it if it has none. */
static int
find_region(struct state *s, uint32_t prompt)
{
	int free_one = NONE;
	uint32_t i;

	for (i = 0; i < s->n_regions; i++) {
		if (s->regions[i].used && s->regions[i].prompt == prompt)
			return (int)i;
		if (!s->regions[i].used && free_one == NONE)
			free_one = (int)i;
	}
	s->regions[free_one] = (struct region){ .prompt = prompt,
		.used = true,
		.n_users = s->g->n_regimes * s->g->n_samples };
	return free_one;
}

/* Put the next waiting sample into a slot. */
static int
fill_slot(struct state *s, struct slot *slot, struct jk_err *err)
{
	const struct jk_generation *g = s->g;
	uint64_t at = s->next_sample++;
	uint32_t vocab = g->weights->config->vocab_size, i;
	const struct jk_prompt *p;
	const struct jk_regime *r;

	*slot = (struct slot){ .used = true, .sample = {
		.number = (uint32_t)(at % g->n_samples),
		.regime = (uint32_t)(at / g->n_samples % g->n_regimes),
		.prompt = (uint32_t)(at / g->n_samples / g->n_regimes) } };
	p = &g->prompts[slot->sample.prompt];
	r = &g->regimes[slot->sample.regime];
	slot->region = find_region(s, slot->sample.prompt);
	slot->limit = limit(g, slot->sample.prompt, slot->sample.regime);
	slot->key = jk_hash64(p->ids, p->n * sizeof *p->ids,
	    jk_hash64(r->name, strlen(r->name), 0));
	slot->next = p->ids[p->n - 1];
	slot->sample.ids = malloc(slot->limit * sizeof *slot->sample.ids);
	if (!slot->sample.ids)
		return jk_fail_nomem(err);
	if (r->sampling.repetition_penalty == 1)
		return 0;
	slot->seen = malloc(((size_t)p->n + slot->limit) *
	    sizeof *slot->seen);
	slot->is_seen = calloc(vocab / 8 + 1, 1);
	if (!slot->seen || !slot->is_seen)
		return jk_fail_nomem(err);
	for (i = 0; i < p->n; i++)
		see(slot, p->ids[i]);
	return 0;
}

/* The rows of the next pass: of samples first, then of prompts. */
static uint32_t
gather_rows(struct state *s, uint32_t *n_heads)
{
	uint32_t n = 0, i;

	*n_heads = 0;
	for (i = 0; i < s->n_slots; i++) {
		struct slot *slot = &s->slots[i];
		struct region *r = &s->regions[slot->region];
		uint32_t prefix = s->g->prompts[slot->sample.prompt].n - 1;

		if (!slot->used || r->n_done < prefix)
			continue;
		s->rows[n] = jk_cache_row(&s->cache, i,
		    (uint32_t)slot->region, prefix, slot->sample.n,
		    slot->next);
		s->heads[*n_heads] = n++;
		s->head_slots[(*n_heads)++] = i;
	}
	for (i = 0; i < s->n_regions; i++) {
		struct region *r = &s->regions[i];
		const struct jk_prompt *p = &s->g->prompts[r->prompt];

		for (; r->used && r->n_done + 1 < p->n && n < s->max_rows;
		    r->n_done++)
			s->rows[n++] = jk_cache_prefix_row(&s->cache, i,
			    r->n_done, p->ids[r->n_done]);
	}
	return n;
}

static void
draw(struct state *s, struct slot *slot, float *logits)
{
	const struct jk_generation *g = s->g;
	const struct jk_sampling *how =
	    &g->regimes[slot->sample.regime].sampling;
	struct jk_sampler *sampler = &s->samplers[omp_get_thread_num()];
	bool ban = slot->sample.n < how->min_new_tokens;
	struct jk_philox r = jk_random(g->seed, JK_STREAM_SAMPLE,
	    (uint32_t)slot->key, (uint32_t)(slot->key >> 32),
	    slot->sample.number, slot->sample.n);
	double u = (double)(r.v[0] >> 5) * 0x1p-27 +
	    (double)(r.v[1] >> 6) * 0x1p-53;
	uint32_t i;

	for (i = 0; i < g->n_absent_ids; i++)
		logits[g->absent_ids[i]] = -INFINITY;
	slot->failed = jk_sampler_filter(sampler, how, logits, slot->seen,
	    slot->n_seen, g->end_ids, ban ? g->n_end_ids : 0,
	    &slot->err) < 0;
	if (!slot->failed)
		slot->choice = jk_sampler_draw(sampler, u);
}

static bool
is_end(const struct jk_generation *g, uint32_t id)
{
	uint32_t i;

	for (i = 0; i < g->n_end_ids; i++)
		if (g->end_ids[i] == id)
			return true;
	return false;
}

/* Enter the drawn token; a finished sample leaves its slot. */
static int
advance(struct state *s, struct slot *slot, struct jk_err *err)
{
	const struct jk_generation *g = s->g;
	struct jk_sample *sample = &slot->sample;
	struct region *r = &s->regions[slot->region];
	uint32_t id = slot->choice;

	if (slot->failed) {
		*err = slot->err;
		return -1;
	}
	sample->ids[sample->n++] = id;
	slot->next = id;
	see(slot, id);
	if (g->token && g->token(g->ctx, sample, id, err) != 0)
		return -1;
	if (is_end(g, id))
		sample->finish = JK_FINISH_STOP;
	else if (sample->n == slot->limit)
		sample->finish = JK_FINISH_LENGTH;
	else
		return 0;
	if (g->done && g->done(g->ctx, sample, err) != 0)
		return -1;
	if (--r->n_users == 0)
		r->used = false;
	empty(slot);
	return 0;
}

static int
step(struct state *s, struct jk_err *err)
{
	struct jk_dev *dev = s->g->weights->dev;
	size_t vocab = s->g->weights->config->vocab_size;
	uint32_t n_heads, n = gather_rows(s, &n_heads), i;

	if (jk_inference_run(&s->f, JK_WEIGHT_VECTOR, s->g->rowwise, s->rows,
	    n, s->heads, n_heads, err) < 0)
		return -1;
	if (s->owns_logits && jk_dev_download(dev, s->logits, s->f.logits,
	    n_heads * vocab * sizeof *s->logits, err) < 0)
		return -1;
	#pragma omp parallel for schedule(dynamic) num_threads(jk_dev_team(dev))
	for (i = 0; i < n_heads; i++)
		draw(s, &s->slots[s->head_slots[i]], s->logits + i * vocab);
	for (i = 0; i < n_heads; i++)
		if (advance(s, &s->slots[s->head_slots[i]], err) < 0)
			return -1;
	return 0;
}

int
jk_generate(const struct jk_generation *g, struct jk_err *err)
{
	struct state s = { .g = g };
	uint32_t i, n_used;
	int r = -1;

	if (g->n_prompts == 0 || g->n_regimes == 0 || g->n_samples == 0)
		return 0;
	if (start(&s, err) < 0)
		goto out;
	for (;;) {
		for (i = n_used = 0; i < s.n_slots; i++) {
			if (!s.slots[i].used && s.next_sample < s.n_total &&
			    fill_slot(&s, &s.slots[i], err) < 0)
				goto out;
			n_used += s.slots[i].used;
		}
		if (n_used == 0)
			break;
		if (step(&s, err) < 0)
			goto out;
	}
	r = 0;
out:
	stop(&s);
	return r;
}
