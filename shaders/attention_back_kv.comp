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
// p and ds stand key by key, FOUR rows of a key to a vector, and where those of a key
// fill many banks a vector between keys
const uint FOUR = BQ < 4 ? BQ : 4, LDP = BQ / FOUR + (BQ > 8 ? 1 : 0);

shared vec4 q[BQ * LD], dy[BQ * LD], k[BKEY * LD], v[BKEY * LD];
shared vec4 p[BKEY * LDP], ds[BKEY * LDP];
shared uvec4 seen[BQ];
shared float lse[BQ], delta[BQ];

vec4 sums_k[N_SUMS], sums_v[N_SUMS];

void load_rows(uint t0, uint end, uint h)
{
	for (uint i = gl_LocalInvocationID.x; i < BQ * D4; i += JK_GROUP) {
		uint r = i / D4, d = i % D4, t = min(t0 + r, end - 1);
		q[r * LD + d] = head4(a.q, t * a.ldq + h * HEAD_DIM, d);
		dy[r * LD + d] = head4(a.dy, t * a.ldy + h * HEAD_DIM, d);
	}
	for (uint r = gl_LocalInvocationID.x; r < BQ; r += JK_GROUP) {
		uint t = min(t0 + r, end - 1);
		uvec4 keys = seen_by(a.rows.v[t], a.window);
		seen[r] = t0 + r < end ? keys : uvec4(0);
		lse[r] = a.lse.v[t * a.n_heads + h];
		delta[r] = a.delta.v[t * a.n_heads + h];
	}
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
			uint r = r0 + n * PAIR_STEP;
			if (r >= BQ)
				continue;
			float score = capped(scores[n] * a.scale, a.cap);
			float x = 0, dx = 0;
			if (is_seen(seen[r], key0 + j)) {
				x = exp(score - lse[r]);
				dx = x * cap_slope(score, a.cap) *
				    (dp[n] - delta[r]);
			}
			p[j * LDP + r / FOUR][r % FOUR] = x;
			ds[j * LDP + r / FOUR][r % FOUR] = dx;
		}
		barrier();
		for (uint r = 0; r < BQ / FOUR; r++) {
			vec4 q4[FOUR], dy4[FOUR];
			[[unroll]] for (uint e = 0; e < FOUR; e++) {
				q4[e] = q[(r * FOUR + e) * LD + d0];
				dy4[e] = dy[(r * FOUR + e) * LD + d0];
			}
			[[unroll]] for (uint n = 0; n < N_SUMS; n++) {
				uint i = min(k0 + n * STEP, BKEY - 1) * LDP + r;
				vec4 p4 = p[i], ds4 = ds[i];
				[[unroll]] for (uint e = 0; e < FOUR; e++) {
					sums_k[n] = fma(vec4(ds4[e]), q4[e],
					    sums_k[n]);
					sums_v[n] = fma(vec4(p4[e]), dy4[e],
					    sums_v[n]);
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
