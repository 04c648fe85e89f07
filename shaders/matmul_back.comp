#version 460
// dx = dy W: outputs run along a row of W, so a tile is decoded as it lies.
#include "common.glsl"
#include "op/matmul.h"
#include "op/matmul_back.h"
#include "weight.glsl"

ARGS(matmul_back);

#define N_OUT a.k
#define N_IN a.n
#define LEFT(m, n) a.dy.v[(m) * a.ldy + (n)]
#include "tile.glsl"

// eight outputs of one inner index at a time
void load_right(uint k0, uint n0)
{
	for (uint i = gl_LocalInvocationID.x; i < BK * (BN / 8);
	    i += gl_WorkGroupSize.x) {
		uint k = i / (BN / 8), n = i % (BN / 8) * 8;
		float v[8] = float[8](0, 0, 0, 0, 0, 0, 0, 0);
		if (k0 + k < a.n && n0 + n < a.k)
			decode8(a.w, k0 + k, a.k, n0 + n, v);
		[[unroll]] for (uint j = 0; j < 8; j++)
			tile_right[k * (BN + 1) + n + j] = v[j];
	}
}

void put(uint m, uint n, float value)
{
	uint at = m * a.ldx + n;
	if ((a.flags & JK_MATMUL_ACCUMULATE) != 0)
		value += a.dx.v[at];
	a.dx.v[at] = value;
}
