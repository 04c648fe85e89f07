#version 460
// attention_back: dq.  As attention.comp, with the probabilities recomputed
// from the log-sum-exp.  Key row = row of the pack, so the keys of a tile of
// rows are the prefix and what lies from the first row's sequence up to the
// last row.
#include "common.glsl"
#include "op/attention_back.h"
#include "attention.glsl"

ARGS(attention_back);

#if defined MATRIX_F16 || defined MATRIX_BF16
#include "ieee.glsl"
#include "attention_back_q_matrix.glsl"
#else
#include "attention_tile.glsl"

const uint N_SUMS = (BQ + STEP - 1) / STEP;

shared vec4 q[BQ * LD], dy[BQ * LD], k[BKEY * LD], v[BKEY * LD];
shared vec4 ds[BQ * BKEY / 4];
shared float lse[BQ], delta[BQ];
shared uvec4 seen[BQ];

vec4 sums[N_SUMS];

void walk(uint begin, uint end, uint n_q, uint head)
{
	uint lane = gl_LocalInvocationID.x;
	uint j0 = lane % BKEY, r0 = lane / BKEY;	// of scores
	uint d0 = lane % D4, q0 = lane / D4;	// of sums
	for (uint key0 = begin; key0 < end; key0 += BKEY) {
		float scores[N_PAIRS], dp[N_PAIRS];
		for (uint i = lane; i < BKEY * D4; i += JK_GROUP) {
			uint key = min(key0 + i / D4, end - 1), d = i % D4;
			uint at = key * a.ldk + head * HEAD_DIM;
			k[i / D4 * LD + d] = head4(a.k, at, d);
			v[i / D4 * LD + d] = head4(a.v, at, d);
		}
		[[unroll]] for (uint n = 0; n < N_PAIRS; n++)
			scores[n] = dp[n] = 0;
		barrier();
		for (uint d = 0; d < D4; d++) {
			vec4 k4 = k[j0 * LD + d], v4 = v[j0 * LD + d];
			[[unroll]] for (uint n = 0; n < N_PAIRS; n++) {
				uint r = min(r0 + n * PAIR_STEP, BQ - 1);
				scores[n] = dot4(q[r * LD + d], k4, scores[n]);
				dp[n] = dot4(dy[r * LD + d], v4, dp[n]);
			}
		}
		[[unroll]] for (uint n = 0; n < N_PAIRS; n++) {
			uint r = r0 + n * PAIR_STEP, i = r * BKEY + j0;
			if (r >= BQ)
				continue;
			float score = capped(scores[n] * a.scale, a.cap);
			ds[i / 4][i % 4] = key0 + j0 < end &&
			    is_seen(seen[r], key0 + j0) ?
			    exp(score - lse[r]) * cap_slope(score, a.cap) *
			    (dp[n] - delta[r]) : 0;
		}
		barrier();
		for (uint j = 0; j < BKEY; j += 4) {
			vec4 k4[4];
			[[unroll]] for (uint e = 0; e < 4; e++)
				k4[e] = k[(j + e) * LD + d0];
			[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
				vec4 four = ds[(min(q0 + n * STEP, BQ - 1) *
				    BKEY + j) / 4];
				[[unroll]] for (uint e = 0; e < 4; e++)
					sums[n] = fma(vec4(four[e]), k4[e],
					    sums[n]);
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
		uint r = i / D4, d = i % D4, t = t0 + min(r, n_q - 1);
		q[r * LD + d] = head4(a.q, t * a.ldq + h * HEAD_DIM, d);
		dy[r * LD + d] = head4(a.dy, t * a.ldy + h * HEAD_DIM, d);
	}
	for (uint r = lane; r < BQ; r += JK_GROUP) {
		uint t = t0 + min(r, n_q - 1);
		uvec4 keys = seen_by(a.rows.v[t], a.window);
		seen[r] = r < n_q ? keys : uvec4(0);
		lse[r] = a.lse.v[t * a.n_heads + h];
		delta[r] = a.delta.v[t * a.n_heads + h];
	}
	[[unroll]] for (uint n = 0; n < N_SUMS; n++)
		sums[n] = vec4(0);
	barrier();
	uint prefix_end = 0, own_begin = t0;
	for (uint r = 0; r < n_q; r++) {
		prefix_end = max(prefix_end, seen[r].x + seen[r].y);
		own_begin = min(own_begin, seen[r].z);
	}
	// the prefix is at the front of the pack
	walk(0, min(prefix_end, own_begin), n_q, head);
	walk(own_begin, t0 + n_q, n_q, head);
	[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
		uint r = lane / D4 + n * STEP;
		if (lane < STEP * D4 && r < n_q)
			put4(a.dq, (t0 + r) * a.ldq + h * HEAD_DIM, lane % D4,
			    a.scale * sums[n]);
	}
}
#endif
