#ifndef JK_OP_ATTENTION_SIZE_H
#define JK_OP_ATTENTION_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* How the host cuts attention over a pack, and the memory that takes. */

/*
 * Keys of a tile, and queries times heads of it: queries of all heads that share
 * a key head lie below each other, row i * n_group + h is head h of query i.
 */
enum { JK_TILE_KEYS = 64, JK_TILE_QUERIES = 96 };

/* Queries of a tile: one at least, however many heads a group has. */
static inline uint32_t
jk_block_queries(uint32_t n_group)
{
	return n_group < JK_TILE_QUERIES ? JK_TILE_QUERIES / n_group : 1;
}

/* Floats of a thread's tiles on the way back (forward there are fewer). */
static inline size_t
jk_attention_back_tiles(uint32_t n_group, uint32_t head_dim)
{
	const size_t n = (size_t)jk_block_queries(n_group) * n_group;
	const size_t ldd = ((size_t)head_dim + 15) / 16 * 16;

	return ldd * (3 * n + 3 * JK_TILE_KEYS) + 2 * n * JK_TILE_KEYS;
}

/*
 * The way back is done in shares, which have sums of dk and dv each: they touch
 * those of the prefix in every share, and of every other row in one.  Bytes of
 * scratch memory, about.
 */
enum { JK_ATTENTION_SHARES = 16 };

static inline uint64_t
jk_attention_back_bytes(uint32_t n_rows, uint32_t n_prefix, uint32_t n_heads,
    uint32_t n_kv_heads, uint32_t head_dim, uint64_t n_threads)
{
	const uint64_t rows = n_rows + (uint64_t)n_prefix *
	    (JK_ATTENTION_SHARES - 1);

	return 4 * (n_threads * jk_attention_back_tiles(n_heads / n_kv_heads,
	    head_dim) + 2 * rows * n_kv_heads * head_dim);
}

#endif
