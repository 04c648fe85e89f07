#version 460
// A subgroup takes ROWS rows of W, whose lanes take eights of a row in turn: what
// is loaded of A serves all of the rows.
#include "common.glsl"
#include "op/dora_norm.h"
#include "weight.glsl"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
layout(constant_id = JK_CONST_SCALED) const uint SCALED = 0;
ARGS(dora_norm);

const uint ROWS = JK_DORA_ROWS;

// (B A)[row[i], k … k+7]
void product8(uint row[ROWS], uint k, out float v[ROWS][8])
{
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		[[unroll]] for (uint e = 0; e < 8; e++)
			v[i][e] = 0;
	for (uint r = 0; r < a.rank; r++) {
		float x[8];
		[[unroll]] for (uint e = 0; e < 8; e++)
			x[e] = a.a.v[r * a.k + min(k + e, a.k - 1)];
		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			float b = a.b.v[row[i] * a.rank + r];
			[[unroll]] for (uint e = 0; e < 8; e++)
				v[i][e] = fma(b, x[e], v[i][e]);
		}
	}
}

void put(uint n, float norm)
{
	a.norm.v[n] = norm;
	if (SCALED != 0)
		a.factor.v[n] = a.magnitude.v[n] / norm;
}

void main()
{
	uint step = gl_NumSubgroups * ROWS;
	uint lanes = n_lanes(), lane = lane_index();
	for (uint n0 = gl_WorkGroupID.x * step + gl_SubgroupID * ROWS;
	    n0 < a.n; n0 += gl_NumWorkGroups.x * step) {
		float sums[ROWS];
		uint row[ROWS];

		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			sums[i] = 0;
			row[i] = min(n0 + i, a.n - 1);
		}
		for (uint k = lane * 8; k < a.k; k += lanes * 8) {
			float w[8], product[ROWS][8];
			product8(row, k, product);
			[[unroll]] for (uint i = 0; i < ROWS; i++) {
				decode8(a.w, row[i], a.k, k, w);
				[[unroll]] for (uint e = 0; e < 8; e++) {
					float v = k + e < a.k ? fma(a.scale,
					    product[i][e], w[e]) : 0;
					sums[i] = fma(v, v, sums[i]);
				}
			}
		}
		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			float norm = sqrt(subgroupAdd(sums[i]));
			if (subgroupElect() && n0 + i < a.n)
				put(n0 + i, norm);
		}
	}
}
