#version 460
// A work group takes BQ rows of one head and walks over the keys in tiles of
// BKEY, first those of the prefix, then those of the rows' own sequences, with
// an online softmax.  BQ is 1 where the rows' keys lie apart, in a KV cache.
#include "common.glsl"
#include "ieee.glsl"
#include "op/attention.h"
#include "attention.glsl"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_BQ) const uint BQ = 16;
layout(constant_id = JK_CONST_BKEY) const uint BKEY = 16;
layout(constant_id = JK_CONST_HEAD_DIM) const uint HEAD_DIM = 64;
// 1: the log-sum-exp is kept
layout(constant_id = JK_CONST_KEEP_LSE) const uint KEEP_LSE = 1;
ARGS(attention);

const uint LD = HEAD_DIM + 1;
const uint N_SUMS = (BQ * HEAD_DIM + JK_GROUP - 1) / JK_GROUP;
#define NEVER uintBitsToFloat(0xff800000u)	// -infinity

shared float q[BQ * LD], kv[BKEY * LD], scores[BQ * BKEY];
shared float top[BQ], total[BQ], rescale[BQ];
shared jk_row rows[BQ];

float sums[N_SUMS];

void load_keys(F32s from, uint key0, uint end, uint head)
{
	for (uint i = gl_LocalInvocationID.x; i < BKEY * HEAD_DIM;
	    i += gl_WorkGroupSize.x) {
		uint j = i / HEAD_DIM, d = i % HEAD_DIM;
		kv[j * LD + d] = key0 + j < end ?
		    from.v[(key0 + j) * a.ldk + head * HEAD_DIM + d] : 0;
	}
}

void walk(uint begin, uint end, uint n_q, uint head, uint skip_begin,
    uint skip_end)
{
	uint lane = gl_LocalInvocationID.x;
	for (uint key0 = begin; key0 < end; key0 += BKEY) {
		load_keys(a.k, key0, end, head);
		barrier();
		for (uint i = lane; i < BQ * BKEY; i += gl_WorkGroupSize.x) {
			uint r = i / BKEY, j = i % BKEY, key = key0 + j;
			float s = NEVER;
			bool twice = key >= skip_begin && key < skip_end;
			if (r < n_q && key < end && !twice &&
			    sees(rows[r], key, a.window)) {
				s = 0;
				for (uint d = 0; d < HEAD_DIM; d++)
					s = fma(q[r * LD + d], kv[j * LD + d], s);
				s = capped(s * a.scale, a.cap);
			}
			scores[i] = s;
		}
		barrier();
		load_keys(a.v, key0, end, head);
		for (uint r = lane; r < BQ; r += gl_WorkGroupSize.x) {
			float best = top[r], sum = 0;
			for (uint j = 0; j < BKEY; j++)
				best = max(best, scores[r * BKEY + j]);
			for (uint j = 0; j < BKEY; j++) {
				float p = best == NEVER ? 0 :
				    exp(scores[r * BKEY + j] - best);
				scores[r * BKEY + j] = p;
				sum += p;
			}
			rescale[r] = best == NEVER ? 1 : exp(top[r] - best);
			total[r] = total[r] * rescale[r] + sum;
			top[r] = best;
		}
		barrier();
		[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
			uint i = n * JK_GROUP + lane;
			if (i < BQ * HEAD_DIM) {
				uint r = i / HEAD_DIM, d = i % HEAD_DIM;
				float sum = sums[n] * rescale[r];
				for (uint j = 0; j < BKEY; j++)
					sum = fma(scores[r * BKEY + j],
					    kv[j * LD + d], sum);
				sums[n] = sum;
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
		q[r * LD + d] = r < n_q ?
		    a.q.v[(t0 + r) * a.ldq + h * HEAD_DIM + d] : 0;
	}
	for (uint r = lane; r < BQ; r += gl_WorkGroupSize.x) {
		rows[r] = a.rows.v[t0 + min(r, n_q - 1)];
		top[r] = NEVER;
		total[r] = 0;
	}
	[[unroll]] for (uint n = 0; n < N_SUMS; n++)
		sums[n] = 0;
	barrier();
	uint prefix_begin = 0xffffffffu, prefix_end = 0;
	uint own_begin = 0xffffffffu, own_end = 0;
	for (uint r = 0; r < n_q; r++) {
		if (rows[r].prefix_len > 0) {
			prefix_begin = min(prefix_begin, rows[r].prefix_begin);
			prefix_end = max(prefix_end, rows[r].prefix_begin +
			    rows[r].prefix_len);
		}
		own_begin = min(own_begin, rows[r].own_begin);
		own_end = max(own_end, rows[r].kv_row + 1);
	}
	if (prefix_begin < prefix_end)
		walk(prefix_begin, prefix_end, n_q, head, 0, 0);
	// keys that the first walk has met are not met again
	walk(own_begin, own_end, n_q, head, min(prefix_begin, prefix_end),
	    prefix_end);
	[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
		uint i = n * JK_GROUP + lane;
		uint r = i / HEAD_DIM, d = i % HEAD_DIM;
		if (i < BQ * HEAD_DIM && r < n_q)
			a.y.v[(t0 + r) * a.ldy + h * HEAD_DIM + d] =
			    sums[n] / total[r];
	}
	if (KEEP_LSE != 0)
		for (uint r = lane; r < n_q; r += gl_WorkGroupSize.x)
			a.lse.v[(t0 + r) * a.n_heads + h] = top[r] +
			    log(total[r]);
}
