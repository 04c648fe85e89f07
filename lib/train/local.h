#ifndef JK_TRAIN_LOCAL_H
#define JK_TRAIN_LOCAL_H

#include <stddef.h>

#include "base/err.h"

/*
 * Steps that shares take apart (--local-steps=H), after DiLoCo (Douillard et al.,
 * "DiLoCo: Distributed Low-Communication Training of Language Models", 2023, arXiv
 * 2311.08105, algorithm 1).
 *
 * A round is H steps of the run, or what is left of it.  All shares begin it with
 * the same adapter, a; each takes the H steps on its own records of them, with an
 * AdamW of its own, and ends with a_s.  The outer step then is SGD with Nesterov
 * momentum, as torch has it, on the mean of a - a_s:
 *
 *	g = sum of (a - a_s) / S,	m = 0.9 m + g,	a = a - 0.7 (g + 0.9 m)
 *
 * with the paper's rate and momentum.  What differs from the paper: AdamW's
 * moments begin each round at 0.  So behind a round a run is a and m, whatever
 * the number of shares, and any number of ranks can go on with that.
 */
struct jk_local {
	float *begin;		/* [n] a */
	float *momentum;	/* [n] m */
};

/* m of 0.  Errors: JK_ESYS. */
int jk_local_init(struct jk_local *l, size_t n, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_local_release(struct jk_local *l);

/*
 * The outer step: `sum` is that of a - a_s over shares; a and m move on.  Returns
 * the norm of g.
 */
double jk_local_step(struct jk_local *l, const float *sum, size_t n,
    unsigned n_shares);

#endif
