#ifndef JK_NET_COST_H
#define JK_NET_COST_H

#include <stdint.h>

#include "base/err.h"

/*
 * What ranks cost, from numbers alone: a step in which rank 0 sends out_bytes to
 * all along a binomial tree, and sums of back_bytes come along the tree of its
 * shares (net/tree.h), with nothing hidden behind what is computed.
 */
struct jk_cost {
	uint64_t out_bytes;	/* of the adapter, or its change, and of moments */
	uint32_t n_out;		/* messages of those, behind an order */
	uint64_t back_bytes;	/* of a gradient */
	uint32_t n_shares;
	uint64_t n_steps;	/* between which that happens; at least 1 */
	double bits_per_s;	/* of a link, each way */
	double latency_s;	/* of a message, one way */
};

struct jk_cost_step {
	uint32_t most_shares;	/* that one rank computes */
	/* of all ranks, on average, with TCP's and Ethernet's headers */
	uint64_t wire_bytes;
	double network_s;	/* from the order to the last sum, the same */
};
void jk_cost_of(const struct jk_cost *c, uint32_t n_ranks,
    struct jk_cost_step *step);

/*
 * "1gbit", "100mbit", "64kbit", "9600bit", powers of 1000, to bits per second.
 * Errors: JK_EUSAGE, naming the text.
 */
int jk_parse_rate(const char *s, double *bits_per_s, struct jk_err *err)
	JK_WARN_UNUSED;

#endif
