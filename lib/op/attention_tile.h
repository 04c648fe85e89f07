#ifndef JK_OP_ATTENTION_TILE_H
#define JK_OP_ATTENTION_TILE_H

#include "cpu/element.h"
#include "cpu/tile.h"

/*
 * Keys of a tile, and queries times heads of it: queries of all heads that
 * share a key head lie below each other: head h of query i is row i * n_group +
 * h.
 */
enum { JK_TILE_KEYS = 64, JK_TILE_QUERIES = 96 };

/* Queries of a tile: one at least, however many heads a group has. */
JK_INLINE uint32_t
jk_block_queries(uint32_t n_group)
{
	return n_group < JK_TILE_QUERIES ? JK_TILE_QUERIES / n_group : 1;
}

/* A tile of queries, rows ldd apart: rows t … t + n - 1 of x and key head g. */
JK_INLINE void
jk_load_queries(uint64_t x, uint32_t type, uint32_t ldx, uint32_t t,
    uint32_t n, uint32_t g, uint32_t n_group, uint32_t head_dim, float *to,
    uint32_t ldd)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		jk_tile_load(jk_at(x, (size_t)(t + i) * ldx + (size_t)g *
		    n_group * head_dim, type), type, head_dim, n_group,
		    head_dim, to + (size_t)i * n_group * ldd, ldd);
}

/* Rows of a pack, or of its keys: what a tile goes over. */
struct jk_row_range {
	uint32_t begin, end;
};

/* Columns of a tile of scores for some keys: whole vectors of 16. */
JK_INLINE uint32_t
jk_row_range_width(struct jk_row_range keys)
{
	return (keys.end - keys.begin + 15) / 16 * 16;
}

/* Which of the key rows `keys` (of one sequence) row t of a pack sees. */
JK_INLINE struct jk_row_range
jk_visible(const struct jk_row *r, uint32_t t, uint32_t window,
    struct jk_row_range keys)
{
	/* position of the first key that the window leaves */
	uint32_t first = window && r->position >= window ?
	    r->position - window + 1 : 0;
	struct jk_row_range s;

	if (keys.begin >= r->own_begin && keys.begin < r->own_end) {
		s.begin = r->own_begin + (first > r->prefix_len ?
		    first - r->prefix_len : 0);
		s.end = t + 1;
	} else {
		s.begin = r->prefix_begin + first;
		s.end = r->prefix_begin + r->prefix_len;
	}
	if (s.begin < keys.begin)
		s.begin = keys.begin;
	if (s.end > keys.end)
		s.end = keys.end;
	if (s.end < s.begin)	/* all are left of the window, or to come */
		s.begin = s.end = keys.begin;
	return s;
}

/* The keys that rows of one sequence see, tile by tile: the prefix, then their own. */
struct jk_key_walk {
	struct jk_row_range left[2];
};

/* Rows t … t + n - 1 of a pack. */
JK_INLINE struct jk_key_walk
jk_walk_keys(const struct jk_row *rows, uint32_t t, uint32_t n, uint32_t window)
{
	const struct jk_row *r = rows + t;
	struct jk_key_walk w = { {
		{ r->prefix_begin, r->prefix_begin + r->prefix_len },
		{ r->own_begin, t + n }
	} };
	int i;

	for (i = 0; i < 2; i++) {
		/* no row behind the first sees further back */
		const struct jk_row_range first = jk_visible(r, t, window,
		    w.left[i]);

		w.left[i].begin = first.begin < first.end ? first.begin :
		    w.left[i].end;
	}
	return w;
}

/* The next tile; false behind the last. */
JK_INLINE bool
jk_next_keys(struct jk_key_walk *w, struct jk_row_range *keys)
{
	struct jk_row_range *left = &w->left[w->left[0].begin ==
	    w->left[0].end];

	if (left->begin == left->end)
		return false;
	*keys = *left;
	if (keys->end - keys->begin > JK_TILE_KEYS)
		keys->end = keys->begin + JK_TILE_KEYS;
	left->begin = keys->end;
	return true;
}

/* Cut n_rows of a pack into spans of at most `step` rows of one sequence. */
JK_INLINE uint32_t
jk_cut_rows(const struct jk_row *rows, uint32_t n_rows, uint32_t step,
    struct jk_row_range *spans)
{
	uint32_t n = 0, t, end;

	for (t = 0; t < n_rows; t = end) {
		end = rows[t].own_end;
		if (end - t > step)
			end = t + step;
		spans[n++] = (struct jk_row_range){ t, end };
	}
	return n;
}

#endif
