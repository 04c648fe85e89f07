#include "report/variety.h"

#include <math.h>
#include <stdlib.h>

#include "report/records.h"

void
jk_variety_release(struct jk_variety *v)
{
	int n;

	for (n = 0; n < JK_BLEU_WORDS; n++)
		free(v->grams[n]);
	free(v->texts);
	*v = (struct jk_variety){ 0 };
}

/* m words in a row that are each what stands k before make m / k rounds more. */
static bool
has_loop(const struct jk_words *w)
{
	size_t i, k, m;

	for (k = 1; k <= JK_LOOP_WORDS; k++)
		for (i = k, m = 0; i < w->n; i++) {
			m = w->v[i].hash == w->v[i - k].hash ? m + 1 : 0;
			if (m >= 2 * k && m + k >= 8)
				return true;
		}
	return false;
}

static int
add_gram(struct jk_variety *v, int n, uint64_t hash, struct jk_err *err)
{
	struct jk_gram *p = jk_report_grow(v->grams[n], v->n_grams[n],
	    sizeof *p);

	if (!p)
		return jk_fail_nomem(err);
	v->grams[n] = p;
	p[v->n_grams[n]++] = (struct jk_gram){ hash, (uint32_t)v->n_texts, 1 };
	return 0;
}

int
jk_variety_add(struct jk_variety *v, const struct jk_words *words,
    struct jk_err *err)
{
	struct jk_variety_text *t = jk_report_grow(v->texts, v->n_texts,
	    sizeof *t);
	uint64_t hash;
	size_t i;
	int n;

	if (!t)
		return jk_fail_nomem(err);
	v->texts = t;
	t[v->n_texts] = (struct jk_variety_text){ .n_words = words->n,
		.loops = has_loop(words) };
	for (i = 0; i < words->n; i++)
		for (n = 0, hash = 0; n < JK_BLEU_WORDS && i + (size_t)n <
		    words->n; n++) {
			hash = jk_words_hash(hash, &words->v[i + (size_t)n]);
			if (add_gram(v, n, hash, err) < 0)
				return -1;
		}
	v->n_texts++;
	return 0;
}

static int
by_hash(const void *a, const void *b)
{
	const struct jk_gram *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->text > y->text) - (x->text < y->text);
}

/* Make one of equal ones in a text; they are sorted.  Returns how many. */
static size_t
merge(struct jk_gram *v, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (k > 0 && by_hash(&v[k - 1], &v[i]) == 0)
			v[k - 1].count++;
		else
			v[k++] = v[i];
	return k;
}

/* One run of words and the texts that have it. */
static void
count_gram(struct jk_variety *v, int n, const struct jk_gram *g, size_t n_g)
{
	uint32_t first = 0, second = 0, most;	/* the two largest counts */
	struct jk_variety_text *t;
	size_t i, at = 0;

	for (i = 0; i < n_g; i++)
		if (g[i].count > first) {
			second = first;
			first = g[i].count;
			at = i;
		} else if (g[i].count > second) {
			second = g[i].count;
		}
	for (i = 0; i < n_g; i++) {
		t = &v->texts[g[i].text];
		most = i == at ? second : first;	/* in another text */
		t->n_matches[n] += g[i].count < most ? g[i].count : most;
		if (n < JK_BLEU_WORDS - 1)
			continue;
		t->n_grams += g[i].count;
		t->n_repeated += g[i].count - 1;
		t->n_shared += most ? g[i].count : 0;
	}
}

/* Words of the other text whose length is the closest. */
static uint64_t
closest(const struct jk_variety *v, size_t text)
{
	const uint64_t own = v->texts[text].n_words;
	uint64_t best = 0, least = UINT64_MAX, n, distance;
	size_t i;

	for (i = 0; i < v->n_texts; i++) {
		n = v->texts[i].n_words;
		distance = n < own ? own - n : n - own;
		if (i != text && (distance < least || (distance == least &&
		    n < best))) {
			least = distance;
			best = n;
		}
	}
	return best;
}

static double
self_bleu(const struct jk_variety *v, size_t text)
{
	const struct jk_variety_text *t = &v->texts[text];
	const double own = (double)t->n_words;
	const double other = (double)closest(v, text);
	double sum = 0, of;
	int n;

	if (t->n_words == 0 || v->n_texts < 2)
		return (double)NAN;
	if (t->n_matches[0] == 0)
		return 0;
	for (n = 0; n < JK_BLEU_WORDS; n++) {
		of = own > n ? own - n : 1;
		sum += log((t->n_matches[n] ? (double)t->n_matches[n] : 0.1) /
		    of);
	}
	return exp(sum / JK_BLEU_WORDS + (own > other ? 0 : 1 - other / own));
}

int
jk_variety_finish(struct jk_variety *v, struct jk_err *err)
{
	struct jk_gram *g;
	size_t i, k, n_grams;
	int n;

	if (v->n_texts > UINT32_MAX)
		return jk_fail(err, JK_ESYS, "too many answers to compare");
	for (n = 0; n < JK_BLEU_WORDS; n++) {
		g = v->grams[n];
		if (v->n_grams[n])
			qsort(g, v->n_grams[n], sizeof *g, by_hash);
		n_grams = merge(g, v->n_grams[n]);
		for (i = 0; i < n_grams; i = k) {
			for (k = i; k < n_grams && g[k].hash == g[i].hash; k++)
				;
			count_gram(v, n, g + i, k - i);
		}
	}
	for (i = 0; i < v->n_texts; i++)
		v->texts[i].self_bleu = self_bleu(v, i);
	return 0;
}
