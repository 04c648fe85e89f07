#version 460
// One work group per block, an invocation per element.
#include "common.glsl"
#include "op/adamw8bit.h"
#include "adamw.glsl"

layout(local_size_x = JK_MOMENT_BLOCK) in;
#include "reduce.glsl"
ARGS(adamw8bit);

shared uint bytes[JK_MOMENT_BLOCK];

// The code nearest to x among JK_CODES ascending ones from `first`; the lower
// of two.
uint nearest(uint first, float x)
{
	uint low = 0, high = JK_CODES - 1;
	while (low < high) {
		uint mid = (low + high) / 2;
		if (a.codes.v[first + mid] < x)
			low = mid + 1;
		else
			high = mid;
	}
	if (low > 0 && x - a.codes.v[first + low - 1] <=
	    a.codes.v[first + low] - x)
		low--;
	return low;
}

// Pack the group's codes four to a word.
void store(U32s out8, uint block, uint code)
{
	uint i = gl_LocalInvocationID.x;
	barrier();
	bytes[i] = code;
	barrier();
	if (i % 4 == 0 && block * JK_MOMENT_BLOCK + i < a.n)
		out8.v[(block * JK_MOMENT_BLOCK + i) / 4] = bytes[i] |
		    bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
}

void main()
{
	if (a.clipping.v.failed != 0)
		return;
	uint n_blocks = (a.n + JK_MOMENT_BLOCK - 1) / JK_MOMENT_BLOCK;
	uint lane = gl_LocalInvocationID.x;
	for (uint b = gl_WorkGroupID.x; b < n_blocks;
	    b += gl_NumWorkGroups.x) {
		uint i = b * JK_MOMENT_BLOCK + lane;
		bool inside = i < a.n;
		float m = 0, v = 0;
		if (inside) {
			uint shift = i % 4 * 8;
			float g = a.grad.v[i] * a.clipping.v.factor;
			m = a.codes.v[a.m8.v[i / 4] >> shift & 255] *
			    a.absmax_m.v[b];
			v = a.codes.v[JK_CODES + (a.v8.v[i / 4] >> shift &
			    255)] * a.absmax_v.v[b];
			m = a.beta1 * m + a.rest1 * g;
			v = a.beta2 * v + a.rest2 * g * g;
			float param = a.param.v[i];
			a.param.v[i] = ADAMW_STEP(param, m, v);
		}
		float max_m = group_max(abs(m)), max_v = group_max(v);
		uint code_m = nearest(0, max_m > 0 ? m / max_m : 0);
		uint code_v = nearest(JK_CODES, max_v > 0 ? v / max_v : 0);
		store(a.m8, b, code_m);
		store(a.v8, b, code_v);
		if (lane == 0) {
			a.absmax_m.v[b] = max_m;
			a.absmax_v.v[b] = max_v;
		}
		barrier();
	}
}
