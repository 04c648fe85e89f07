#ifndef JK_TRAIN_LOCAL_H
#define JK_TRAIN_LOCAL_H

#include <stdbool.h>

#include "net/link.h"
#include "train/optimizer.h"

/*
 * Steps that shares take apart (--local-steps=H): local SGD (Stich, "Local SGD
 * Converges Fast and Communicates Little", 2019, arXiv 1805.09767) with AdamW,
 * whose moments are averaged, too (Chen, Li, Li, "Toward Communication Efficient
 * Adaptive Gradient Method", 2020, arXiv 2109.05109).
 *
 * A round is H steps of the run, or what is left of it.  All S shares begin it
 * with the same adapter a and moments m and v; each takes the H steps on its own
 * records of them.  The round ends with the means:
 *
 *	a = a - (sum of (a - a_s)) / S,   m = (sum of m_s) / S,   v = (sum of v_s) / S
 *
 * A share's gradient is of an S-th of a step's records, and mostly noise: its
 * square, v, is S times that of the step's gradient, and AdamW moves by
 * 1 / sqrt(S) of what it would with the latter.  So a share's rate is sqrt(S)
 * times the schedule's (the square root rule of Malladi, Lyu, Panigrahi, Arora,
 * "On the SDEs and Scaling Rules for Adaptive Gradient Algorithms", 2022, arXiv
 * 2205.10287); the decay of weights in a step stays what it is.
 *
 * Behind a round a run is a, m and v, as without local steps, and any number of
 * ranks can go on with that.  With --compression=int8 m and v go out as they come
 * back, rounded (net/int8.h), and rank 0 goes on with what they have become; a
 * process's first round begins with them whole, as a checkpoint has them, and a
 * run's first one with none.
 */
enum { JK_LOCAL_SIGNED = 2, JK_LOCAL_PARTS = 3 };	/* a, m; and v */

struct jk_local {
	size_t n;		/* numbers of the adapter */
	float *begin;		/* [JK_LOCAL_PARTS][n] where the round began */
	void *packed;		/* m and v as they are sent; NULL: in f32 */
	bool has_begun;		/* a round, behind which they are rounded */
};

/* Room for n numbers and what comes of them.  Errors: JK_ESYS. */
int jk_local_init(struct jk_local *l, size_t n, bool int8, struct jk_err *err)
	JK_WARN_UNUSED;
void jk_local_release(struct jk_local *l);
uint64_t jk_local_bytes(uint64_t n, bool int8);

/*
 * On all ranks, which have the same adapter: they have rank 0's moments, and a
 * round begins.  n_done: steps before it, at 0 of which moments are 0 and stay at
 * home.  link NULL: one process.  Errors: JK_ESYS.
 */
int jk_local_begin(struct jk_local *l, const struct jk_optimizer *o,
    uint64_t n_done, struct jk_link *link, struct jk_err *err) JK_WARN_UNUSED;

/* Adapter and moments are those that the round began with.  Errors: JK_ESYS. */
int jk_local_restore(const struct jk_local *l, const struct jk_optimizer *o,
    struct jk_err *err) JK_WARN_UNUSED;

/* What a share adds to the sum, [JK_LOCAL_PARTS][n].  Errors: JK_ESYS. */
int jk_local_take(const struct jk_local *l, const struct jk_optimizer *o,
    float *part, struct jk_err *err) JK_WARN_UNUSED;

/*
 * On rank 0: by the sum over shares adapter and moments move on.  *norm: of the
 * mean of a - a_s.  Errors: JK_ESYS.
 */
int jk_local_end(struct jk_local *l, const struct jk_optimizer *o,
    const float *sum, uint32_t n_shares, double *norm, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
