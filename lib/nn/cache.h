#ifndef JK_NN_CACHE_H
#define JK_NN_CACHE_H

#include "op/shared.h"

/*
 * How generation divides what layers keep of tokens (the state of
 * nn/block.h): a place for each prefix, which is computed once and only read
 * by the sequences that go on from it, then a place for each sequence.  In
 * rows of keys: n_prefixes times prefix_rows, then n_sequences times
 * sequence_rows.
 */
struct jk_cache {
	uint32_t n_prefixes, prefix_rows;
	uint32_t n_sequences, sequence_rows;
};

/* Key rows of all; what a pass takes is at most UINT32_MAX. */
static inline uint64_t
jk_cache_rows(const struct jk_cache *c)
{
	return (uint64_t)c->n_prefixes * c->prefix_rows +
	    (uint64_t)c->n_sequences * c->sequence_rows;
}

/* States of layers that have one for each. */
static inline uint64_t
jk_cache_slots(const struct jk_cache *c)
{
	return (uint64_t)c->n_prefixes + c->n_sequences;
}

/* The row of a prefix's token at a position. */
static inline struct jk_row
jk_cache_prefix_row(const struct jk_cache *c, uint32_t prefix,
    uint32_t position, uint32_t token)
{
	const uint32_t begin = prefix * c->prefix_rows;

	return (struct jk_row){ .token = token, .position = position,
		.own_begin = begin, .kv_row = begin + position };
}

/* The row of token i of a sequence behind the first prefix_len of a prefix. */
static inline struct jk_row
jk_cache_row(const struct jk_cache *c, uint32_t sequence, uint32_t prefix,
    uint32_t prefix_len, uint32_t i, uint32_t token)
{
	const uint32_t begin = c->n_prefixes * c->prefix_rows +
	    sequence * c->sequence_rows;

	return (struct jk_row){ .token = token, .position = prefix_len + i,
		.prefix_begin = prefix * c->prefix_rows,
		.prefix_len = prefix_len, .own_begin = begin,
		.kv_row = begin + i };
}

#endif
