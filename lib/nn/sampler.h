#ifndef JK_NN_SAMPLER_H
#define JK_NN_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The choice of a token from logits, with the processors of transformers'
 * generate() in their order and meaning:
 *
 *	repetition penalty r	a logit of an id that occurs in prompt or answer
 *				is divided by r, multiplied where it is below 0
 *	min_new_tokens		until then, end tokens cannot come
 *	temperature t		logits / t
 *	top-k			keeps every token whose logit is not below the
 *				k-th largest (ties too)
 *	top-p			keeps the most probable tokens while those
 *				before them have together less than p
 *	min-p			drops tokens with less than p times the largest
 *				probability
 *
 * Each sees what the one before left.  The most probable token always stays.
 * Source: transformers.generation.logits_process, 5.x.
 */
struct jk_sampling {
	bool greedy;		/* the largest logit; only penalty and
				 * min_new_tokens apply */
	double temperature;	/* > 0; 1: off */
	uint32_t top_k;		/* 0: off */
	double top_p;		/* 1: off */
	double min_p;		/* 0: off */
	double repetition_penalty;	/* > 0; 1: off */
	uint32_t min_new_tokens, max_new_tokens;
};

struct jk_choice {
	uint32_t id;
	float logit;	/* after the processors */
	float weight;	/* probability, not yet divided by their sum */
};

/* What one thread works with. */
struct jk_sampler {
	uint32_t n_vocab;
	struct jk_choice *candidates;	/* [n_vocab] */
	float *weights;		/* [n_vocab] */
	uint32_t n;		/* that are left, in the order of their ids */
	double sum;		/* of their weights */
};

/* Errors: JK_ESYS. */
int jk_sampler_init(struct jk_sampler *s, uint32_t n_vocab,
    struct jk_err *err) JK_WARN_UNUSED;
void jk_sampler_release(struct jk_sampler *s);

/*
 * Apply the processors to logits [n_vocab], which are changed; what is left
 * is in s->candidates.  `seen`: the ids in prompt and answer, each once.
 * `banned`: ids that cannot come now.  Errors: JK_EDATA for logits that are
 * not finite or are all banned.
 */
int jk_sampler_filter(struct jk_sampler *s, const struct jk_sampling *how,
    float *logits, const uint32_t *seen, uint32_t n_seen,
    const uint32_t *banned, uint32_t n_banned, struct jk_err *err)
	JK_WARN_UNUSED;

/* The candidate at u in [0, 1) of the distribution, ids ascending. */
uint32_t jk_sampler_draw(const struct jk_sampler *s, double u);

#endif
