#version 460
// attention_back: dk and dv.  A work group takes BKEY key rows of one
// key/value head and walks over the rows that can see them, head by head.
#include "common.glsl"
#include "op/attention_back.h"
#include "attention.glsl"

ARGS(attention_back);

#if defined MATRIX_F16 || defined MATRIX_BF16
#include "ieee.glsl"
#include "attention_back_kv_matrix.glsl"
#else
#include "attention_tile.glsl"

const uint N_SUMS = (BKEY + STEP - 1) / STEP;

shared vec4 q[BQ * LD], dy[BQ * LD], k[BKEY * LD], v[BKEY * LD];
shared vec4 p[BQ * BKEY / 4], ds[BQ * BKEY / 4];
shared jk_row rows[BQ];

vec4 sums_k[N_SUMS], sums_v[N_SUMS];

void load_rows(uint t0, uint end, uint h)
{
	for (uint i = gl_LocalInvocationID.x; i < BQ * D4; i += JK_GROUP) {
		uint r = i / D4, d = i % D4, t = min(t0 + r, end - 1);
		q[r * LD + d] = head4(a.q, t * a.ldq + h * HEAD_DIM, d);
		dy[r * LD + d] = head4(a.dy, t * a.ldy + h * HEAD_DIM, d);
	}
	for (uint r = gl_LocalInvocationID.x; r < BQ; r += JK_GROUP)
		rows[r] = a.rows.v[min(t0 + r, end - 1)];
}

void walk(uint begin, uint end, uint key0, uint h)
{
	uint lane = gl_LocalInvocationID.x;
	uint j = lane % BKEY, r0 = lane / BKEY;	// of scores
	uint d0 = lane % D4, k0 = lane / D4;	// of sums
	for (uint t0 = begin; t0 < end; t0 += BQ) {
		float scores[N_PAIRS], dp[N_PAIRS];
		load_rows(t0, end, h);
		[[unroll]] for (uint n = 0; n < N_PAIRS; n++)
			scores[n] = dp[n] = 0;
		barrier();
		for (uint d = 0; d < D4; d++) {
			vec4 k4 = k[j * LD + d], v4 = v[j * LD + d];
			[[unroll]] for (uint n = 0; n < N_PAIRS; n++) {
				uint r = min(r0 + n * PAIR_STEP, BQ - 1);
				scores[n] = dot4(q[r * LD + d], k4, scores[n]);
				dp[n] = dot4(dy[r * LD + d], v4, dp[n]);
			}
		}
		[[unroll]] for (uint n = 0; n < N_PAIRS; n++) {
			uint r = r0 + n * PAIR_STEP, t = t0 + r;
			uint i = r * BKEY + j;
			if (r >= BQ)
				continue;
			float score = capped(scores[n] * a.scale, a.cap);
			float x = 0, dx = 0;
			if (t < end && sees(rows[r], key0 + j, a.window)) {
				x = exp(score - a.lse.v[t * a.n_heads + h]);
				dx = x * cap_slope(score, a.cap) *
				    (dp[n] - a.delta.v[t * a.n_heads + h]);
			}
			p[i / 4][i % 4] = x;
			ds[i / 4][i % 4] = dx;
		}
		barrier();
		for (uint r = 0; r < BQ; r++) {
			vec4 q4 = q[r * LD + d0], dy4 = dy[r * LD + d0];
			[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
				uint i = r * BKEY + min(k0 + n * STEP,
				    BKEY - 1);
				sums_k[n] = fma(vec4(ds[i / 4][i % 4]), q4,
				    sums_k[n]);
				sums_v[n] = fma(vec4(p[i / 4][i % 4]), dy4,
				    sums_v[n]);
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

	for (uint i = lane; i < BKEY * D4; i += JK_GROUP) {
		uint j = i / D4, d = i % D4;
		uint at = (key0 + min(j, n_keys - 1)) * a.ldk +
		    head * HEAD_DIM;
		k[j * LD + d] = head4(a.k, at, d);
		v[j * LD + d] = head4(a.v, at, d);
	}
	[[unroll]] for (uint n = 0; n < N_SUMS; n++)
		sums_k[n] = sums_v[n] = vec4(0);
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
		uint j = lane / D4 + n * STEP;
		uint at = (key0 + j) * a.ldk + head * HEAD_DIM;
		if (lane < STEP * D4 && j < n_keys) {
			put4(a.dk, at, lane % D4, a.scale * sums_k[n]);
			put4(a.dv, at, lane % D4, sums_v[n]);
		}
	}
}
#endif
