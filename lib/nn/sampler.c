#include "nn/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/loops.h"

int
jk_sampler_init(struct jk_sampler *s, uint32_t n_vocab, struct jk_err *err)
{
	*s = (struct jk_sampler){ .n_vocab = n_vocab,
		.candidates = malloc((size_t)n_vocab *
		    sizeof *s->candidates),
		.weights = malloc((size_t)n_vocab * sizeof *s->weights) };
	if (s->candidates && s->weights)
		return 0;
	jk_sampler_release(s);
	return jk_fail_nomem(err);
}

void
jk_sampler_release(struct jk_sampler *s)
{
	free(s->candidates);
	free(s->weights);
	*s = (struct jk_sampler){ 0 };
}

static int
by_logit_down(const void *a, const void *b)
{
	const struct jk_choice *x = a, *y = b;

	if (x->logit != y->logit)
		return x->logit > y->logit ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

/* The k-th largest of n logits, by a heap of the k largest, smallest on top. */
static float
kth_largest(const float *x, uint32_t n, uint32_t k, struct jk_choice *heap)
{
	uint32_t i, at, child, size = 0;

	for (i = 0; i < n; i++) {
		float v = x[i];

		if (size < k) {
			/* up from the end */
			for (at = size++; at > 0 &&
			    heap[(at - 1) / 2].logit > v; at = (at - 1) / 2)
				heap[at].logit = heap[(at - 1) / 2].logit;
			heap[at].logit = v;
		} else if (v > heap[0].logit) {
			/* down from the top */
			for (at = 0; (child = 2 * at + 1) < k; at = child) {
				if (child + 1 < k && heap[child + 1].logit <
				    heap[child].logit)
					child++;
				if (heap[child].logit >= v)
					break;
				heap[at].logit = heap[child].logit;
			}
			heap[at].logit = v;
		}
	}
	return heap[0].logit;
}

/* Those above the cut, in the order of ids. */
static void
gather(struct jk_sampler *s, const float *x, struct jk_choice cut)
{
	uint32_t i;

	s->n = 0;
	s->sum = 0;
	for (i = 0; i < s->n_vocab; i++) {
		if (x[i] < cut.logit || x[i] == -INFINITY ||
		    (x[i] == cut.logit && i > cut.id))
			continue;
		s->candidates[s->n++] = (struct jk_choice){ i, x[i],
			s->weights[i] };
		s->sum += (double)s->weights[i];
	}
}

/* Bins of 1/16 below the largest logit; the last has all the rest. */
enum { N_BINS = 512 };

static uint32_t
bin_of(float x, float max)
{
	float at = (max - x) * 16;

	return at < N_BINS - 1 ? (uint32_t)at : N_BINS - 1;
}

/*
 * The last of the most probable tokens that are needed to reach p: only the
 * bin in which that happens is sorted.
 */
static struct jk_choice
top_p(struct jk_sampler *s, const float *x, float max, float least, double p)
{
	double bins[N_BINS] = { 0 }, total = 0, before = 0;
	uint32_t bin, i, n = 0;

	for (i = 0; i < s->n_vocab; i++)
		if (s->weights[i] > 0)
			bins[bin_of(x[i], max)] += (double)s->weights[i];
	for (i = 0; i < N_BINS; i++)
		total += bins[i];
	for (bin = 0; bin < N_BINS - 1; bin++) {
		if (before + bins[bin] >= p * total)
			break;
		before += bins[bin];
	}
	for (i = 0; i < s->n_vocab; i++)
		if (!(x[i] < least) && x[i] > -INFINITY &&
		    bin_of(x[i], max) == bin)
			s->candidates[n++] = (struct jk_choice){ i, x[i],
				s->weights[i] };
	if (n == 0)
		return (struct jk_choice){ UINT32_MAX, least, 0 };
	qsort(s->candidates, n, sizeof *s->candidates, by_logit_down);
	for (i = 0; i + 1 < n; i++) {
		before += (double)s->candidates[i].weight;
		if (before >= p * total)
			break;
	}
	return s->candidates[i];
}

static void
min_p(struct jk_sampler *s, double p)
{
	uint32_t i, n = 0;

	s->sum = 0;
	for (i = 0; i < s->n; i++) {
		if ((double)s->candidates[i].weight < p)
			continue;
		s->candidates[n] = s->candidates[i];
		s->sum += (double)s->candidates[n++].weight;
	}
	s->n = n;
}

int
jk_sampler_filter(struct jk_sampler *s, const struct jk_sampling *how,
    float *logits, const uint32_t *seen, uint32_t n_seen,
    const uint32_t *banned, uint32_t n_banned, struct jk_err *err)
{
	float penalty = (float)how->repetition_penalty, max;
	float least = -INFINITY;
	struct jk_choice cut;
	uint32_t i;

	for (i = 0; penalty != 1 && i < n_seen; i++) {
		float *x = &logits[seen[i]];

		*x = *x < 0 ? *x * penalty : *x / penalty;
	}
	for (i = 0; i < n_banned; i++)
		logits[banned[i]] = -INFINITY;
	if (!jk_scale_logits(logits, s->n_vocab,
	    how->greedy ? 1 : (float)how->temperature, &max))
		return jk_fail(err, JK_EDATA, "the model's logits are not "
		    "finite");
	if (how->greedy) {
		/* the first of the largest */
		for (i = 0; logits[i] != max; i++)
			;
		s->candidates[0] = (struct jk_choice){ i, max, 1 };
		s->n = 1;
		s->sum = 1;
		return 0;
	}
	if (how->top_k && how->top_k < s->n_vocab)
		least = kth_largest(logits, s->n_vocab, how->top_k,
		    s->candidates);
	jk_weigh_logits(logits, s->weights, s->n_vocab, max, least);
	cut = (struct jk_choice){ UINT32_MAX, least, 0 };
	if (how->top_p < 1)
		cut = top_p(s, logits, max, least, how->top_p);
	gather(s, logits, cut);
	if (how->min_p > 0)
		min_p(s, how->min_p);
	return 0;
}

uint32_t
jk_sampler_draw(const struct jk_sampler *s, double u)
{
	double at = u * s->sum, sum = 0;
	uint32_t i;

	for (i = 0; i + 1 < s->n; i++) {
		sum += (double)s->candidates[i].weight;
		if (at < sum)
			break;
	}
	return s->candidates[i].id;
}
