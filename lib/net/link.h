#ifndef JK_NET_LINK_H
#define JK_NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The ranks of a run, processes that may be on several machines, and messages
 * between them.  Rank 0 leads.  Between two ranks messages come in the order in
 * which they were sent, and have the length that the receiver expects; both
 * sides know what comes next.  A call returns when its data may be used again.
 * A link is used from one thread.
 *
 * All ranks run the same program on the same kind of machine, so that numbers
 * travel as they lie in memory (net/agree.h).
 */
struct jk_link {
	const struct jk_link_class *class;
	uint32_t rank, n;	/* of n ranks */
	/*
	 * Nothing can be said over it any more: a rank is gone, or was waited
	 * for in vain after a signal.
	 */
	bool cut;
};

/* Every function returns 0, or -1 and JK_ESYS, naming the other rank. */
struct jk_link_class {
	int (*send)(struct jk_link *l, uint32_t to, const void *data,
	    size_t n, struct jk_err *err);
	int (*receive)(struct jk_link *l, uint32_t from, void *data,
	    size_t n, struct jk_err *err);
	/* "rank 2 (host)" */
	const char *(*who)(const struct jk_link *l, uint32_t rank);
};

int jk_link_send(struct jk_link *l, uint32_t to, const void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;
int jk_link_receive(struct jk_link *l, uint32_t from, void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

/*
 * Rank 0's n bytes to all, along a binomial tree: every rank calls it, and has
 * them in `data` afterwards.
 */
int jk_link_broadcast(struct jk_link *l, void *data, size_t n,
    struct jk_err *err) JK_WARN_UNUSED;

/* What each rank gives, n bytes, in their order: all[link->n * n] on all. */
int jk_link_gather(struct jk_link *l, const void *own, size_t n, void *all,
    struct jk_err *err) JK_WARN_UNUSED;

/* Smallest of what ranks give, on all of them. */
int jk_link_least(struct jk_link *l, uint64_t *value, struct jk_err *err)
	JK_WARN_UNUSED;

/* Ranks that gave the same key: which of them this one is, and how many. */
struct jk_alike {
	uint32_t at, n;
};
int jk_link_alike(struct jk_link *l, uint64_t key, struct jk_alike *to,
    struct jk_err *err) JK_WARN_UNUSED;

const char *jk_link_who(const struct jk_link *l, uint32_t rank);

#endif
