#ifndef JK_NN_SCORE_H
#define JK_NN_SCORE_H

#include "nn/inference.h"

/* The negative log-likelihood of tokens, given those before them. */

struct jk_score_run {	/* tokens [begin, end) are scored; begin > 0 */
	uint32_t begin, end;
};

struct jk_score {
	const uint32_t *ids;	/* below the vocabulary's size */
	uint32_t n;
	const struct jk_score_run *runs;	/* ascending */
	uint32_t n_runs;
	/* results */
	double nll;		/* nats, summed */
	uint32_t n_scored;
};

struct jk_scoring {
	const struct jk_weights *weights;	/* loaded for MATRIX ... */
	const struct jk_lora *lora;	/* or NULL */
	/* ... or for VECTOR: a record's result depends on no other, as a
	 * sample's (nn/generate.h), and no prefix is shared */
	bool rowwise;
	uint32_t pack_rows;	/* rows of a pass, more for longer records */
	/* called when so many records are done; may be NULL */
	void (*progress)(void *ctx, size_t n_done);
	void *ctx;
};

/*
 * Score n records, packed behind each other without padding; what the records
 * of a pass have in common before their first scored tokens (a system text,
 * the start of a prompt) is computed once; the head runs on scored rows only,
 * in chunks.  Errors: JK_EDATA (a record longer than the
 * weights' positions, a loss that is not finite: numbered), JK_ESYS.
 */
int jk_score_records(const struct jk_scoring *how, struct jk_score *records,
    size_t n, struct jk_err *err) JK_WARN_UNUSED;

#endif
