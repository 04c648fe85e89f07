#include "net/cost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/tree.h"

/* A full frame, and what it carries of a message. */
static const double frame_bytes = 1514, payload_bytes = 1448;

static double
on_wire(double n_bytes)
{
	return n_bytes * frame_bytes / payload_bytes;
}

/* Seconds of a message, sent whole. */
static double
message_s(const struct jk_cost *c, double n_bytes)
{
	return c->latency_s + 8 * on_wire(n_bytes) / c->bits_per_s;
}

/* When the sum of [lo, hi) is there, and how many messages it took. */
static double
sum_s(const struct jk_cost *c, uint32_t n_ranks, uint32_t lo, uint32_t hi,
    uint32_t *n_messages)
{
	const uint32_t half = jk_tree_half(hi - lo);
	double left, right;

	if (hi - lo == 1)
		return 0;
	left = sum_s(c, n_ranks, lo, lo + half, n_messages);
	right = sum_s(c, n_ranks, lo + half, hi, n_messages);
	if (jk_tree_rank(c->n_shares, n_ranks, lo) ==
	    jk_tree_rank(c->n_shares, n_ranks, lo + half))
		return fmax(left, right);
	++*n_messages;
	return fmax(left, right) + message_s(c, (double)c->back_bytes);
}

void
jk_cost_of(const struct jk_cost *c, uint32_t n_ranks,
    struct jk_cost_step *step)
{
	uint32_t n_out = n_ranks - 1, n_back = 0, rounds = 0;

	*step = (struct jk_cost_step){ .most_shares =
		(c->n_shares + n_ranks - 1) / n_ranks };
	while (1ull << rounds < n_ranks)
		rounds++;
	/* the order, then the adapter, or that and moments */
	step->network_s = (rounds * (c->n_out * c->latency_s + message_s(c,
	    (double)c->out_bytes)) + sum_s(c, n_ranks, 0, c->n_shares,
	    &n_back)) / (double)c->n_steps;
	step->wire_bytes = (uint64_t)on_wire(((double)n_out *
	    (double)c->out_bytes + (double)n_back * (double)c->back_bytes) /
	    (double)c->n_steps);
}

int
jk_parse_rate(const char *s, double *bits_per_s, struct jk_err *err)
{
	static const struct {
		const char *name;
		double bits;
	} units[] = { { "bit", 1 }, { "kbit", 1e3 }, { "mbit", 1e6 },
		{ "gbit", 1e9 } };
	char *end;
	size_t i;

	*bits_per_s = strtod(s, &end);
	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (end > s && strcmp(end, units[i].name) == 0) {
			*bits_per_s *= units[i].bits;
			if (*bits_per_s >= 1 && *bits_per_s <= 1e15)
				return 0;
		}
	return jk_fail(err, JK_EUSAGE, "'%s' is no rate: as in 1gbit, 10mbit, "
	    "64kbit", s);
}
