#version 460
// attention_back, dk and dv, for devices without use for shared memory: a lane
// takes PAIRS key rows of one key/value head, and the subgroup walks over the
// rows that can see them.  What is said of a row is loaded for as many rows as
// there are lanes, a row to a lane, and handed round.
#include "common.glsl"
#include "op/attention_back.h"
#include "attention.glsl"
#include "software/attention_lanes.glsl"

ARGS(attention_back);

float k[PAIRS][HEAD_DIM], v[PAIRS][HEAD_DIM];
float sums_k[PAIRS][HEAD_DIM], sums_v[PAIRS][HEAD_DIM];

jk_row hand_row(jk_row mine, uint i)
{
	jk_row r = mine;
	r.position = subgroupShuffle(mine.position, i);
	r.prefix_begin = subgroupShuffle(mine.prefix_begin, i);
	r.prefix_len = subgroupShuffle(mine.prefix_len, i);
	r.own_begin = subgroupShuffle(mine.own_begin, i);
	r.kv_row = subgroupShuffle(mine.kv_row, i);
	return r;
}

// row t of head h, described by row, lse and delta
void meet(uint t, uint h, jk_row row, float lse, float delta, uint key0)
{
	float q[LOADS], dy[LOADS];
	LOAD_SHARED(q, a.q, t * a.ldq + h * HEAD_DIM);
	LOAD_SHARED(dy, a.dy, t * a.ldy + h * HEAD_DIM);
	[[unroll]] for (uint n = 0; n < PAIRS; n++) {
		float score = 0, dp = 0;
		[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
			score = fma(HAND(q, d), k[n][d], score);
			dp = fma(HAND(dy, d), v[n][d], dp);
		}
		score = capped(score * a.scale, a.cap);
		float p = sees(row, key0 + pair(n), a.window) ?
		    exp(score - lse) : 0;
		float ds = p * cap_slope(score, a.cap) * (dp - delta);
		[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
			sums_k[n][d] = fma(ds, HAND(q, d), sums_k[n][d]);
			sums_v[n][d] = fma(p, HAND(dy, d), sums_v[n][d]);
		}
	}
}

void main()
{
	const uint n_keys = PAIRS * LANES;
	uint key0 = tile() * n_keys, head = gl_WorkGroupID.y;
	uint per_head = a.n_heads / a.n_kv_heads, end = 0;

	if (key0 >= a.n_rows)
		return;
	[[unroll]] for (uint n = 0; n < PAIRS; n++) {
		uint key = min(key0 + pair(n), a.n_rows - 1);
		uint at = key * a.ldk + head * HEAD_DIM;
		[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
			k[n][d] = a.k.v[at + d];
			v[n][d] = a.v.v[at + d];
			sums_k[n][d] = sums_v[n][d] = 0;
		}
		end = max(end, a.rows.v[key].own_end);
	}
	// one prefix for all: the last row knows how long it is
	end = key0 < a.rows.v[a.n_rows - 1].prefix_len ? a.n_rows :
	    subgroupMax(end);
	for (uint t0 = key0; t0 < end; t0 += LANES) {
		uint mine = min(t0 + gl_SubgroupInvocationID, end - 1);
		jk_row row = a.rows.v[mine];
		for (uint h = head * per_head; h < (head + 1) * per_head; h++) {
			float lse = a.lse.v[mine * a.n_heads + h];
			float delta = a.delta.v[mine * a.n_heads + h];
			[[dont_unroll]] for (uint i = 0; i < LANES; i++)
				if (t0 + i < end)
					meet(t0 + i, h, hand_row(row, i),
					    subgroupShuffle(lse, i),
					    subgroupShuffle(delta, i), key0);
		}
	}
	[[unroll]] for (uint n = 0; n < PAIRS; n++) {
		uint key = key0 + pair(n);
		uint at = key * a.ldk + head * HEAD_DIM;
		if (key < a.n_rows)
			[[unroll]] for (uint d = 0; d < HEAD_DIM; d++) {
				a.dk.v[at + d] = a.scale * sums_k[n][d];
				a.dv.v[at + d] = sums_v[n][d];
			}
	}
}
