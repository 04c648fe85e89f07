#version 460
// attention_back, dq, for devices without use for shared memory: as
// attention_lanes.comp, with the probabilities from the log-sum-exp.
#include "common.glsl"
#include "op/attention_back.h"
#include "attention.glsl"
#include "software/attention_lanes.glsl"

ARGS(attention_back);

float q[PAIRS][HEAD_DIM], dy[PAIRS][HEAD_DIM], sums[PAIRS][HEAD_DIM];
float lse[PAIRS], delta[PAIRS];
jk_row rows[PAIRS];

void walk(uint begin, uint end, uint head)
{
	float k[LOADS], v[LOADS];
	for (uint key = begin; key < end; key++) {
		uint at = key * a.ldk + head * HEAD_DIM;
		LOAD_SHARED(k, a.k, at);
		LOAD_SHARED(v, a.v, at);
		[[unroll]] for (uint p = 0; p < PAIRS; p++) {
			float score = 0, dp = 0;
			[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
				score = fma(q[p][d], HAND(k, d), score);
				dp = fma(dy[p][d], HAND(v, d), dp);
			}
			score = capped(score * a.scale, a.cap);
			float ds = sees(rows[p], key, a.window) ?
			    exp(score - lse[p]) * cap_slope(score, a.cap) *
			    (dp - delta[p]) : 0;
			[[unroll]] for (uint d = 0; d < HEAD_DIM; d++)
				sums[p][d] = fma(ds, HAND(k, d), sums[p][d]);
		}
	}
}

void main()
{
	uint t0 = tile() * BQ, head = gl_WorkGroupID.y;
	uint per_head = a.n_heads / a.n_kv_heads;
	uint prefix_end = 0, own_begin = t0;

	if (t0 >= a.n_rows)
		return;
	[[unroll]] for (uint p = 0; p < PAIRS; p++) {
		uint t = min(t0 + min(pair(p) / per_head, BQ - 1), a.n_rows - 1);
		uint h = head * per_head + pair(p) % per_head;
		rows[p] = a.rows.v[t];
		[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
			q[p][d] = a.q.v[t * a.ldq + h * HEAD_DIM + d];
			dy[p][d] = a.dy.v[t * a.ldy + h * HEAD_DIM + d];
			sums[p][d] = 0;
		}
		lse[p] = a.lse.v[t * a.n_heads + h];
		delta[p] = a.delta.v[t * a.n_heads + h];
		prefix_end = max(prefix_end, rows[p].prefix_len);
		own_begin = min(own_begin, rows[p].own_begin);
	}
	prefix_end = subgroupMax(prefix_end);
	own_begin = subgroupMin(own_begin);
	// the prefix is at the front of the pack
	walk(0, min(prefix_end, own_begin), head);
	walk(own_begin, min(t0 + BQ, a.n_rows), head);
	[[unroll]] for (uint p = 0; p < PAIRS; p++) {
		uint r = pair(p) / per_head, t = t0 + r;
		uint h = head * per_head + pair(p) % per_head;
		if (r < BQ && t < a.n_rows)
			[[unroll]] for (uint d = 0; d < HEAD_DIM; d++)
				a.dq.v[t * a.ldq + h * HEAD_DIM + d] =
				    a.scale * sums[p][d];
	}
}
