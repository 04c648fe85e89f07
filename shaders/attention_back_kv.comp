#version 460
// attention_back: dk and dv.  A work group takes BKEY key rows of one
// key/value head and walks over the rows that can see them, head by head.
#include "common.glsl"
#include "op/attention_back.h"
#include "attention.glsl"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_BQ) const uint BQ = 16;
layout(constant_id = JK_CONST_BKEY) const uint BKEY = 16;
layout(constant_id = JK_CONST_HEAD_DIM) const uint HEAD_DIM = 64;
ARGS(attention_back);

const uint LD = HEAD_DIM + 1;
const uint N_SUMS = (BKEY * HEAD_DIM + JK_GROUP - 1) / JK_GROUP;

shared float q[BQ * LD], dy[BQ * LD], k[BKEY * LD], v[BKEY * LD];
shared float p[BQ * BKEY], ds[BQ * BKEY];
shared jk_row rows[BQ];

float sums_k[N_SUMS], sums_v[N_SUMS];

void load_rows(uint t0, uint end, uint h)
{
	for (uint i = gl_LocalInvocationID.x; i < BQ * HEAD_DIM;
	    i += gl_WorkGroupSize.x) {
		uint r = i / HEAD_DIM, d = i % HEAD_DIM;
		uint t = min(t0 + r, end - 1);
		q[r * LD + d] = a.q.v[t * a.ldq + h * HEAD_DIM + d];
		dy[r * LD + d] = a.dy.v[t * a.ldy + h * HEAD_DIM + d];
	}
	for (uint r = gl_LocalInvocationID.x; r < BQ;
	    r += gl_WorkGroupSize.x)
		rows[r] = a.rows.v[min(t0 + r, end - 1)];
}

void walk(uint begin, uint end, uint key0, uint h)
{
	uint lane = gl_LocalInvocationID.x;
	for (uint t0 = begin; t0 < end; t0 += BQ) {
		load_rows(t0, end, h);
		barrier();
		for (uint i = lane; i < BQ * BKEY; i += gl_WorkGroupSize.x) {
			uint r = i / BKEY, j = i % BKEY, t = t0 + r;
			float score = 0, dp = 0;
			p[i] = 0;
			ds[i] = 0;
			if (t < end && sees(rows[r], key0 + j, a.window)) {
				for (uint d = 0; d < HEAD_DIM; d++) {
					score = fma(q[r * LD + d],
					    k[j * LD + d], score);
					dp = fma(dy[r * LD + d],
					    v[j * LD + d], dp);
				}
				score = capped(score * a.scale, a.cap);
				p[i] = exp(score - a.lse.v[t * a.n_heads + h]);
				ds[i] = p[i] * cap_slope(score, a.cap) *
				    (dp - a.delta.v[t * a.n_heads + h]);
			}
		}
		barrier();
		[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
			uint i = n * JK_GROUP + lane;
			if (i < BKEY * HEAD_DIM) {
				uint j = i / HEAD_DIM, d = i % HEAD_DIM;
				for (uint r = 0; r < BQ; r++) {
					sums_k[n] = fma(ds[r * BKEY + j],
					    q[r * LD + d], sums_k[n]);
					sums_v[n] = fma(p[r * BKEY + j],
					    dy[r * LD + d], sums_v[n]);
				}
			}
		}
		barrier();
	}
}

void main()
{
	uint lane = gl_LocalInvocationID.x;
	uint key0 = gl_WorkGroupID.x * BKEY, head = gl_WorkGroupID.y;
	uint n_keys = min(BKEY, a.n_rows - key0);
	uint per_head = a.n_heads / a.n_kv_heads;

	for (uint i = lane; i < BKEY * HEAD_DIM; i += gl_WorkGroupSize.x) {
		uint j = i / HEAD_DIM, d = i % HEAD_DIM;
		uint at = (key0 + j) * a.ldk + head * HEAD_DIM + d;
		k[j * LD + d] = j < n_keys ? a.k.v[at] : 0;
		v[j * LD + d] = j < n_keys ? a.v.v[at] : 0;
	}
	[[unroll]] for (uint n = 0; n < N_SUMS; n++)
		sums_k[n] = sums_v[n] = 0;
	// one prefix for all: the last row knows how long it is
	uint end = a.n_rows;
	if (key0 >= a.rows.v[a.n_rows - 1].prefix_len) {
		end = 0;
		for (uint j = 0; j < n_keys; j++)
			end = max(end, a.rows.v[key0 + j].own_end);
	}
	for (uint h = head * per_head; h < (head + 1) * per_head; h++)
		walk(key0, end, key0, h);
	[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
		uint i = n * JK_GROUP + lane;
		uint j = i / HEAD_DIM, d = i % HEAD_DIM;
		if (i < BKEY * HEAD_DIM && j < n_keys) {
			uint at = (key0 + j) * a.ldk + head * HEAD_DIM + d;
			a.dk.v[at] = a.scale * sums_k[n];
			a.dv.v[at] = sums_v[n];
		}
	}
}
