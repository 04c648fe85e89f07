#ifndef JK_NN_GENERATE_H
#define JK_NN_GENERATE_H

#include "base/opt.h"
#include "nn/inference.h"
#include "nn/sampler.h"

/*
 * Generation of many samples as one batch.  Every prompt's keys and values
 * are computed once for all its samples; a finished sample makes room for
 * the next one; prompts are computed in the same passes that decode.
 *
 * A sample's random numbers are Philox(seed; hash of the prompt's ids and the
 * regime's name, sample number, token number): they do not depend on what
 * else is generated.  With `rowwise` products neither do the logits.
 */

struct jk_regime {
	char name[64];
	struct jk_sampling sampling;
};

/*
 * Parse "name=calm,temperature=0.7,top_p=0.6,max_new_tokens=120" (also top_k,
 * min_p, repetition_penalty, min_new_tokens, greedy) over what *r holds.
 * Errors: JK_EUSAGE, naming the part.
 */
int jk_regime_parse(struct jk_regime *r, const char *text,
    struct jk_err *err) JK_WARN_UNUSED;
/* 1.0 temperature, everything else off, 256 new tokens, name "default". */
extern const struct jk_regime jk_regime_default;
/* The settings with their ranges; they fill a struct jk_sampling. */
extern const struct jk_opt jk_sampling_opts[];

struct jk_prompt {
	const uint32_t *ids;
	uint32_t n;		/* at least 1 */
};

enum jk_finish {
	JK_FINISH_STOP,		/* an end token came */
	JK_FINISH_LENGTH	/* max_new_tokens, or the model's length */
};

struct jk_sample {
	uint32_t prompt, regime, number;
	uint32_t *ids;		/* generated, with the end token */
	uint32_t n;
	enum jk_finish finish;
};

struct jk_generation {
	const struct jk_weights *weights;	/* loaded for VECTOR */
	const struct jk_lora *lora;	/* or NULL */
	bool rowwise;
	const struct jk_prompt *prompts;
	uint32_t n_prompts;
	const struct jk_regime *regimes;
	uint32_t n_regimes;
	uint32_t n_samples;		/* of each prompt and regime */
	uint64_t seed;
	const uint32_t *end_ids;
	uint32_t n_end_ids;
	const uint32_t *absent_ids;	/* that no token has: never drawn */
	uint32_t n_absent_ids;
	uint32_t max_batch;		/* samples at a time */
	uint32_t max_positions;		/* longest sequence; of the weights */
	/*
	 * Called for every token, and when a sample is done (in any order; the
	 * sample is the callee's until it returns).  Not 0 stops with -1.
	 */
	int (*token)(void *ctx, const struct jk_sample *s, uint32_t id,
	    struct jk_err *err);
	int (*done)(void *ctx, const struct jk_sample *s, struct jk_err *err);
	void *ctx;
};

/*
 * Generate n_prompts * n_regimes * n_samples samples.  Errors: JK_EDATA (a
 * prompt that leaves no room for an answer, logits that are not finite),
 * JK_ESYS, what a callback gave.
 */
int jk_generate(const struct jk_generation *g, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
