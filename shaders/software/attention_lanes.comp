#version 460
// Attention for devices without use for shared memory (see lanes.glsl): a
// subgroup takes the BQ rows of a tile with the heads of one key/value head,
// PAIRS of a row and a head to a lane, and walks over the keys, one at a time.
// The lanes load a key together and hand its numbers round.
#include "common.glsl"
#include "ieee.glsl"
#include "op/attention.h"
#include "attention.glsl"
#include "software/attention_lanes.glsl"

// 1: the log-sum-exp is kept
layout(constant_id = JK_CONST_KEEP_LSE) const uint KEEP_LSE = 1;
ARGS(attention);

float q[PAIRS][HEAD_DIM], sums[PAIRS][HEAD_DIM], top[PAIRS], total[PAIRS];
jk_row rows[PAIRS];

void walk(uint begin, uint end, uint head, uint skip_begin, uint skip_end)
{
	float k[LOADS], v[LOADS];
	for (uint key = begin; key < end; key++) {
		uint at = key * a.ldk + head * HEAD_DIM;
		bool twice = key >= skip_begin && key < skip_end;
		LOAD_SHARED(k, a.k, at);
		LOAD_SHARED(v, a.v, at);
		[[unroll]] for (uint p = 0; p < PAIRS; p++) {
			float score = 0;
			[[unroll]] for (uint d = 0; d < HEAD_DIM; d++)
				score = fma(q[p][d], HAND(k, d), score);
			score = sees(rows[p], key, a.window) && !twice ?
			    capped(score * a.scale, a.cap) : NEVER;
			float best = max(top[p], score);
			float rescale = best == NEVER ? 1 : exp(top[p] - best);
			float share = best == NEVER ? 0 : exp(score - best);
			total[p] = fma(total[p], rescale, share);
			top[p] = best;
			[[unroll]] for (uint d = 0; d < HEAD_DIM; d++)
				sums[p][d] = fma(share, HAND(v, d),
				    sums[p][d] * rescale);
		}
	}
}

void main()
{
	uint t0 = tile() * BQ, head = gl_WorkGroupID.y;
	uint per_head = a.n_heads / a.n_kv_heads;
	uint prefix_begin = 0xffffffffu, prefix_end = 0;
	uint own_begin = 0xffffffffu, own_end = 0;

	if (t0 >= a.n_rows)
		return;
	[[unroll]] for (uint p = 0; p < PAIRS; p++) {
		uint t = min(t0 + pair(p) / per_head, a.n_rows - 1);
		uint h = head * per_head + pair(p) % per_head;
		rows[p] = a.rows.v[t];
		[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
			q[p][d] = a.q.v[t * a.ldq + h * HEAD_DIM + d];
			sums[p][d] = 0;
		}
		top[p] = NEVER;
		total[p] = 0;
		if (pair(p) / per_head >= BQ)
			continue;
		if (rows[p].prefix_len > 0) {
			prefix_begin = min(prefix_begin, rows[p].prefix_begin);
			prefix_end = max(prefix_end, rows[p].prefix_begin +
			    rows[p].prefix_len);
		}
		own_begin = min(own_begin, rows[p].own_begin);
		own_end = max(own_end, rows[p].kv_row + 1);
	}
	prefix_begin = subgroupMin(prefix_begin);
	prefix_end = subgroupMax(prefix_end);
	if (prefix_begin < prefix_end)
		walk(prefix_begin, prefix_end, head, 0, 0);
	// keys that the first walk has met are not met again
	walk(subgroupMin(own_begin), subgroupMax(own_end), head,
	    min(prefix_begin, prefix_end), prefix_end);
	[[unroll]] for (uint p = 0; p < PAIRS; p++) {
		uint r = pair(p) / per_head, t = t0 + r;
		uint h = head * per_head + pair(p) % per_head;
		if (r >= BQ || t >= a.n_rows)
			continue;
		[[unroll]] for (uint d = 0; d < HEAD_DIM; d++)
			a.y.v[t * a.ldy + h * HEAD_DIM + d] =
			    sums[p][d] / total[p];
		if (KEEP_LSE != 0)
			a.lse.v[t * a.n_heads + h] = top[p] + log(total[p]);
	}
}
