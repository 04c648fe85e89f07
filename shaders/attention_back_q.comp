#version 460
// attention_back: dq.  As attention.comp, with the probabilities recomputed
// from the log-sum-exp.  Key row = row of the pack, so the keys of a tile of
// rows are the prefix and what lies from the first row's sequence up to the
// last row.
#include "common.glsl"
#include "op/attention_back.h"
#include "attention.glsl"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_BQ) const uint BQ = 16;
layout(constant_id = JK_CONST_BKEY) const uint BKEY = 16;
layout(constant_id = JK_CONST_HEAD_DIM) const uint HEAD_DIM = 64;
ARGS(attention_back);

const uint LD = HEAD_DIM + 1;
const uint N_SUMS = (BQ * HEAD_DIM + JK_GROUP - 1) / JK_GROUP;

shared float q[BQ * LD], dy[BQ * LD], k[BKEY * LD], v[BKEY * LD];
shared float ds[BQ * BKEY], lse[BQ], delta[BQ];
shared jk_row rows[BQ];

float sums[N_SUMS];

void walk(uint begin, uint end, uint n_q, uint head)
{
	uint lane = gl_LocalInvocationID.x;
	for (uint key0 = begin; key0 < end; key0 += BKEY) {
		for (uint i = lane; i < BKEY * HEAD_DIM;
		    i += gl_WorkGroupSize.x) {
			uint j = i / HEAD_DIM, d = i % HEAD_DIM;
			uint at = (key0 + j) * a.ldk + head * HEAD_DIM + d;
			k[j * LD + d] = key0 + j < end ? a.k.v[at] : 0;
			v[j * LD + d] = key0 + j < end ? a.v.v[at] : 0;
		}
		barrier();
		for (uint i = lane; i < BQ * BKEY; i += gl_WorkGroupSize.x) {
			uint r = i / BKEY, j = i % BKEY;
			float score = 0, dp = 0;
			ds[i] = 0;
			if (r < n_q && key0 + j < end &&
			    sees(rows[r], key0 + j, a.window)) {
				for (uint d = 0; d < HEAD_DIM; d++) {
					score = fma(q[r * LD + d],
					    k[j * LD + d], score);
					dp = fma(dy[r * LD + d],
					    v[j * LD + d], dp);
				}
				score = capped(score * a.scale, a.cap);
				ds[i] = exp(score - lse[r]) *
				    cap_slope(score, a.cap) * (dp - delta[r]);
			}
		}
		barrier();
		[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
			uint i = n * JK_GROUP + lane;
			if (i < BQ * HEAD_DIM) {
				uint r = i / HEAD_DIM, d = i % HEAD_DIM;
				for (uint j = 0; j < BKEY; j++)
					sums[n] = fma(ds[r * BKEY + j],
					    k[j * LD + d], sums[n]);
			}
		}
		barrier();
	}
}

void main()
{
	uint lane = gl_LocalInvocationID.x;
	uint t0 = gl_WorkGroupID.x * BQ, h = gl_WorkGroupID.y;
	uint n_q = min(BQ, a.n_rows - t0);
	uint head = h / (a.n_heads / a.n_kv_heads);

	for (uint i = lane; i < BQ * HEAD_DIM; i += gl_WorkGroupSize.x) {
		uint r = i / HEAD_DIM, d = i % HEAD_DIM;
		uint t = t0 + min(r, n_q - 1);
		q[r * LD + d] = a.q.v[t * a.ldq + h * HEAD_DIM + d];
		dy[r * LD + d] = a.dy.v[t * a.ldy + h * HEAD_DIM + d];
	}
	for (uint r = lane; r < BQ; r += gl_WorkGroupSize.x) {
		uint t = t0 + min(r, n_q - 1);
		rows[r] = a.rows.v[t];
		lse[r] = a.lse.v[t * a.n_heads + h];
		delta[r] = a.delta.v[t * a.n_heads + h];
	}
	[[unroll]] for (uint n = 0; n < N_SUMS; n++)
		sums[n] = 0;
	barrier();
	uint prefix_end = 0, own_begin = t0;
	for (uint r = 0; r < n_q; r++) {
		prefix_end = max(prefix_end, rows[r].prefix_len);
		own_begin = min(own_begin, rows[r].own_begin);
	}
	// the prefix is at the front of the pack
	walk(0, min(prefix_end, own_begin), n_q, head);
	walk(own_begin, t0 + n_q, n_q, head);
	[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
		uint i = n * JK_GROUP + lane;
		uint r = i / HEAD_DIM, d = i % HEAD_DIM;
		if (i < BQ * HEAD_DIM && r < n_q)
			a.dq.v[(t0 + r) * a.ldq + h * HEAD_DIM + d] =
			    a.scale * sums[n];
	}
}
