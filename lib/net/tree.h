#ifndef JK_NET_TREE_H
#define JK_NET_TREE_H

#include "net/link.h"

/*
 * Sums over shares of work, whose bits depend on the number of shares alone:
 * not on how many ranks there are, nor on which share a rank computes.
 *
 * The sum of shares [lo, hi) is that of [lo, lo + h) plus that of [lo + h, hi),
 * h the largest power of 2 below hi - lo.  Rank r of R computes the shares from
 * floor(r S / R) to floor((r + 1) S / R) - 1, in this order.  A sum lies with
 * the rank of its first share, so that of all shares with rank 0.
 *
 * In int8 (net/int8.h) every right sum is rounded before it is added to the left
 * one, whether it travels or not: its first n_signed numbers as int8, those behind
 * them as log8.
 */

/* h above, of n > 1 shares; the rank that computes a share. */
uint32_t jk_tree_half(uint32_t n);
uint32_t jk_tree_rank(uint32_t n_shares, uint32_t n_ranks, uint32_t share);

/* Of records: their sum, and how many tokens are recited (train/recited.h). */
struct jk_losses {
	double sum;
	uint64_t n_recited;
};

static inline void
jk_losses_add(struct jk_losses *to, const struct jk_losses *more)
{
	to->sum += more->sum;
	to->n_recited += more->n_recited;
}

/* What a share gives, and sums of that; it travels as it lies in memory. */
struct jk_partial {
	struct jk_losses losses;
	uint64_t n_stopped;	/* shares that were not computed to their end */
	float v[];
};

struct jk_tree {
	struct jk_link *link;	/* NULL: one process */
	uint32_t n_shares;
	size_t n, n_signed;	/* numbers in v, at most */
	uint32_t n_levels;
	struct jk_partial **levels;	/* [n_levels] */
	struct jk_partial *packed;	/* a right sum in int8; NULL: none is */
};

/* Room for sums of up to n numbers; link is borrowed.  Errors: JK_ESYS. */
int jk_tree_init(struct jk_tree *t, struct jk_link *link, uint32_t n_shares,
    size_t n, size_t n_signed, bool int8, struct jk_err *err) JK_WARN_UNUSED;
void jk_tree_release(struct jk_tree *t);

/* Bytes of that room. */
uint64_t jk_tree_bytes(uint32_t n_shares, uint64_t n, uint64_t n_signed,
    bool int8);

/* Fill all of *to but numbers behind the first n. */
typedef int jk_tree_compute(void *ctx, uint32_t share, size_t n,
    struct jk_partial *to, struct jk_err *err);

/*
 * The sum of all shares, of the first n numbers of each: called on every rank,
 * *sum is its on rank 0, until the next call, and NULL on the others.  Once
 * `compute` says that it was stopped, this rank's further shares count as
 * stopped, too, and are not computed.  Errors: those of compute; JK_ESYS for a rank that is gone.
 */
int jk_tree_sum(struct jk_tree *t, size_t n, jk_tree_compute *compute,
    void *ctx, const struct jk_partial **sum, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
