#version 460
// A work group takes BQ rows of one head and walks over the keys in tiles of
// BKEY, first those of the prefix, then those of the rows' own sequences, with
// an online softmax.  BQ is 1 where the rows' keys lie apart, in a KV cache.
#include "common.glsl"
#include "ieee.glsl"
#include "op/attention.h"
#include "attention.glsl"
// 1: the log-sum-exp is kept
layout(constant_id = JK_CONST_KEEP_LSE) const uint KEEP_LSE = 1;
ARGS(attention);

#if defined MATRIX_F16 || defined MATRIX_BF16
#include "attention_matrix.glsl"
#else
#include "attention_tile.glsl"

const uint N_SUMS = (BQ + STEP - 1) / STEP;
#define NEVER uintBitsToFloat(0xff800000u)	// -infinity

shared vec4 q[BQ * LD], kv[BKEY * LD], scores[BQ * BKEY / 4];
shared float top[BQ], total[BQ], rescale[BQ];
shared uvec4 seen[BQ];

vec4 sums[N_SUMS];

void load_keys(F32s from, uint key0, uint end, uint head)
{
	for (uint i = gl_LocalInvocationID.x; i < BKEY * D4; i += JK_GROUP) {
		uint j = i / D4, d = i % D4;
		kv[j * LD + d] = key0 + j < end ? head4(from,
		    (key0 + j) * a.ldk + head * HEAD_DIM, d) : vec4(0);
	}
}

void walk(uint begin, uint end, uint n_q, uint head, uint skip_begin,
    uint skip_end)
{
	uint lane = gl_LocalInvocationID.x;
	uint j0 = lane % BKEY, r0 = lane / BKEY;	// of scores
	uint d0 = lane % D4, q0 = lane / D4;	// of sums
	for (uint key0 = begin; key0 < end; key0 += BKEY) {
		float s[N_PAIRS];
		load_keys(a.k, key0, end, head);
		[[unroll]] for (uint n = 0; n < N_PAIRS; n++)
			s[n] = 0;
		barrier();
		for (uint d = 0; d < D4; d++) {
			vec4 k = kv[j0 * LD + d];
			[[unroll]] for (uint n = 0; n < N_PAIRS; n++)
				s[n] = dot4(q[min(r0 + n * PAIR_STEP, BQ - 1) *
				    LD + d], k, s[n]);
		}
		uint key = key0 + j0;
		bool skip = key >= end ||
		    (key >= skip_begin && key < skip_end);
		[[unroll]] for (uint n = 0; n < N_PAIRS; n++) {
			uint r = r0 + n * PAIR_STEP, i = r * BKEY + j0;
			if (r < BQ)
				scores[i / 4][i % 4] = !skip &&
				    is_seen(seen[r], key) ?
				    capped(s[n] * a.scale, a.cap) : NEVER;
		}
		barrier();
		load_keys(a.v, key0, end, head);
		for (uint r = lane; r < BQ; r += JK_GROUP) {
			float best = top[r], sum = 0;
			for (uint j = r * (BKEY / 4); j < (r + 1) * (BKEY / 4);
			    j++) {
				vec4 four = scores[j];
				best = max(max(best, max(four.x, four.y)),
				    max(four.z, four.w));
			}
			for (uint j = r * (BKEY / 4); j < (r + 1) * (BKEY / 4);
			    j++) {
				vec4 four = best == NEVER ? vec4(0) :
				    exp(scores[j] - best);
				scores[j] = four;
				[[unroll]] for (uint e = 0; e < 4; e++)
					sum += four[e];
			}
			rescale[r] = best == NEVER ? 1 : exp(top[r] - best);
			total[r] = total[r] * rescale[r] + sum;
			top[r] = best;
		}
		barrier();
		[[unroll]] for (uint n = 0; n < N_SUMS; n++)
			sums[n] *= rescale[min(q0 + n * STEP, BQ - 1)];
		for (uint j = 0; j < BKEY; j += 4) {
			vec4 v[4];
			[[unroll]] for (uint e = 0; e < 4; e++)
				v[e] = kv[(j + e) * LD + d0];
			[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
				vec4 p = scores[(min(q0 + n * STEP, BQ - 1) *
				    BKEY + j) / 4];
				[[unroll]] for (uint e = 0; e < 4; e++)
					sums[n] = fma(vec4(p[e]), v[e], sums[n]);
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

	for (uint i = lane; i < BQ * D4; i += JK_GROUP) {
		uint r = i / D4, d = i % D4;
		q[r * LD + d] = r < n_q ? head4(a.q, (t0 + r) * a.ldq +
		    h * HEAD_DIM, d) : vec4(0);
	}
	for (uint r = lane; r < BQ; r += JK_GROUP) {
		uvec4 keys = seen_by(a.rows.v[t0 + min(r, n_q - 1)], a.window);
		seen[r] = r < n_q ? keys : uvec4(0);
		top[r] = NEVER;
		total[r] = 0;
	}
	[[unroll]] for (uint n = 0; n < N_SUMS; n++)
		sums[n] = vec4(0);
	barrier();
	uint prefix_begin = 0xffffffffu, prefix_end = 0;
	uint own_begin = 0xffffffffu, own_end = 0;
	for (uint r = 0; r < n_q; r++) {
		uvec4 keys = seen[r];
		if (keys.y > 0) {
			prefix_begin = min(prefix_begin, keys.x);
			prefix_end = max(prefix_end, keys.x + keys.y);
		}
		own_begin = min(own_begin, keys.z);
		own_end = max(own_end, keys.z + keys.w);
	}
	if (prefix_begin < prefix_end)
		walk(prefix_begin, prefix_end, n_q, head, 0, 0);
	// keys that the first walk has met are not met again
	walk(own_begin, own_end, n_q, head, min(prefix_begin, prefix_end),
	    prefix_end);
	[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
		uint r = lane / D4 + n * STEP;
		if (lane < STEP * D4 && r < n_q)
			put4(a.y, (t0 + r) * a.ldy + h * HEAD_DIM, lane % D4,
			    sums[n] / total[r]);
	}
	if (KEEP_LSE != 0)
		for (uint r = lane; r < n_q; r += JK_GROUP)
			a.lse.v[(t0 + r) * a.n_heads + h] = top[r] +
			    log(total[r]);
}
#endif
