#ifndef JK_OP_RECURRENCE_H
#define JK_OP_RECURRENCE_H

#include "op/shared.h"

/*
 * Operations that go along sequences and carry a state from row to row.  The
 * rows of a sequence stand together in a pass, and in their order; rows of two
 * sequences have different own_begin.
 *
 * A pack (sequence_rows 0) has whole sequences; rows of the shared prefix, if
 * there is one, come first, and the sequences behind it begin with its state.
 *
 * In generation a sequence goes on from pass to pass.  Its state has a slot:
 * those of the prefixes first, of which each has prefix_rows key rows, then
 * those of the sequences behind them, with sequence_rows key rows each
 * (nn/cache.h).  Where a sequence begins it takes the prefix's state, which
 * stays as it is: rows of a prefix and of what goes on from it are never in one
 * pass.
 */

#ifdef VULKAN
bool
jk_begins(JK_ROWS rows, uint t)
{
	return t == 0 || rows.v[t].own_begin != rows.v[t - 1].own_begin;
}

/* The row after the last of the sequence that begins at t. */
uint
jk_sequence_end(JK_ROWS rows, uint t, uint n_rows)
{
	do
		t++;
	while (t < n_rows && !jk_begins(rows, t));
	return t;
}

uint
jk_slot_of(uint own_begin, uint n_prefixes, uint prefix_rows,
    uint sequence_rows)
{
	uint prefixes = n_prefixes * prefix_rows;
	return own_begin < prefixes ? own_begin / prefix_rows :
	    n_prefixes + (own_begin - prefixes) / sequence_rows;
}
#else
static inline bool
jk_begins(const struct jk_row *rows, uint32_t t)
{
	return t == 0 || rows[t].own_begin != rows[t - 1].own_begin;
}

static inline uint32_t
jk_sequence_end(const struct jk_row *rows, uint32_t t, uint32_t n_rows)
{
	do
		t++;
	while (t < n_rows && !jk_begins(rows, t));
	return t;
}

/* How many rows of a pack are the prefix that sequences behind it begin with. */
static inline uint32_t
jk_prefix_rows(const struct jk_row *rows, uint32_t n_rows)
{
	uint32_t t;

	for (t = 0; t < n_rows; t++)
		if (rows[t].prefix_len)
			return jk_sequence_end(rows, 0, n_rows);
	return 0;
}

/* The slot of the sequence whose key rows begin at own_begin. */
static inline uint32_t
jk_slot_of(uint32_t own_begin, uint32_t n_prefixes, uint32_t prefix_rows,
    uint32_t sequence_rows)
{
	const uint32_t prefixes = n_prefixes * prefix_rows;

	return own_begin < prefixes ? own_begin / prefix_rows :
	    n_prefixes + (own_begin - prefixes) / sequence_rows;
}
#endif

#endif
