#version 460
// y = x W^T + bias, tiled: for many rows.
#include "common.glsl"
#include "op/matmul.h"
#include "weight.glsl"

// 1: there is a bias
layout(constant_id = JK_CONST_BIASED) const uint BIASED = 0;
ARGS(matmul);

#define N_OUT a.n
#define N_IN a.k
#define LEFT(m, k) a.x.v[(m) * a.ldx + (k)]
#include "tile.glsl"

// eight inputs of one output at a time
void load_right(uint k0, uint n0)
{
	for (uint i = gl_LocalInvocationID.x; i < BN * (BK / 8);
	    i += gl_WorkGroupSize.x) {
		uint n = i / (BK / 8), k = i % (BK / 8) * 8;
		float v[8] = float[8](0, 0, 0, 0, 0, 0, 0, 0);
		if (n0 + n < a.n && k0 + k < a.k)
			decode8(a.w, n0 + n, a.k, k0 + k, v);
		[[unroll]] for (uint j = 0; j < 8; j++)
			tile_right[(k + j) * (BN + 1) + n] = v[j];
	}
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
