#version 460
// y = x W^T + bias for few rows, as in decoding: a subgroup computes ROWS x
// OUTPUTS outputs; lanes take eights of the inner dimension in turn.
// The order of additions depends on the subgroup's lanes alone, so that a row's
// bits do not depend on how many rows there are (JK_MATMUL_ROWWISE).
#include "common.glsl"
#include "op/matmul.h"
#include "weight.glsl"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
layout(constant_id = JK_CONST_ROWS) const uint ROWS = 1;
layout(constant_id = JK_CONST_OUTPUTS) const uint OUTPUTS = 4;
layout(constant_id = JK_CONST_BIASED) const uint BIASED = 0;
layout(constant_id = JK_CONST_WIDE) const uint WIDE = 0;
ARGS(matmul);

// eight of row m from k on
void input8(uint m, uint k, out float x[8])
{
	if (WIDE != 0) {
		uint at = (min(m, a.m - 1) * a.ldx + k) / 4;
		vec4 low = F32x4s(uvec2(a.x)).v[at], high = F32x4s(uvec2(a.x)).v[at + 1];
		x = float[8](low.x, low.y, low.z, low.w,
		    high.x, high.y, high.z, high.w);
		return;
	}
	[[unroll]] for (uint e = 0; e < 8; e++)
		x[e] = m < a.m && k + e < a.k ? a.x.v[m * a.ldx + k + e] : 0;
}

void put(uint m, uint n, float value)
{
	uint at = m * a.ldy + n;
	if (BIASED != 0)
		value += a.bias.v[n];
	if ((a.flags & JK_MATMUL_ACCUMULATE) != 0)
		value += a.y.v[at];
	a.y.v[at] = value;
}

void main()
{
	uint m0 = gl_WorkGroupID.y * ROWS;
	uint step = gl_NumSubgroups * OUTPUTS;
	uint lanes = n_lanes(), lane = lane_index();
	for (uint n0 = gl_WorkGroupID.x * step + gl_SubgroupID * OUTPUTS;
	    n0 < a.n; n0 += gl_NumWorkGroups.x * step) {
		float sums[ROWS][OUTPUTS];

		[[unroll]] for (uint i = 0; i < ROWS; i++)
			[[unroll]] for (uint j = 0; j < OUTPUTS; j++)
				sums[i][j] = 0;
		for (uint k = lane * 8; k < a.k; k += lanes * 8) {
			float x[ROWS][8], w[8];
			[[unroll]] for (uint i = 0; i < ROWS; i++)
				input8(m0 + i, k, x[i]);
			[[unroll]] for (uint j = 0; j < OUTPUTS; j++) {
				decode8(a.w, min(n0 + j, a.n - 1), a.k, k, w);
				[[unroll]] for (uint i = 0; i < ROWS; i++)
					[[unroll]] for (uint e = 0; e < 8; e++)
						sums[i][j] = fma(x[i][e], w[e],
						    sums[i][j]);
			}
		}
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			[[unroll]] for (uint j = 0; j < OUTPUTS; j++) {
				float sum = subgroupAdd(sums[i][j]);
				if (subgroupElect() && m0 + i < a.m &&
				    n0 + j < a.n)
					put(m0 + i, n0 + j, sum);
			}
	}
}
