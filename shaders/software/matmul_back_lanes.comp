#version 460
// dx = dy W, a lane per eight outputs: eight neighbours of a row of W.
#include "common.glsl"
#include "op/matmul.h"
#include "op/matmul_back.h"
#include "weight.glsl"

ARGS(matmul_back);

#define N_OUT a.k
#define N_IN a.n
#define LEFT(m, n) a.dy.v[(m) * a.ldy + (n)]

void load_right(uint k0, uint n0);
void put(uint m, uint n, float value);

#include "software/lanes.glsl"

void load_right(uint k0, uint n0)
{
	float v[8];

	// columns behind the last are computed from column 0 and not kept
	uint n = n0 < a.k ? n0 : 0;
	[[unroll]] for (uint e = 0; e < STEP; e++) {
		decode8(a.w, min(k0 + e, a.n - 1), a.k, n, v);
		[[unroll]] for (uint j = 0; j < COLUMNS; j++)
			right[j][e] = k0 + e < a.n ? v[j] : 0;
	}
}

void put(uint m, uint n, float value)
{
	uint at = m * a.ldx + n;
	float old = a.dx.v[at];
	a.dx.v[at] = (a.flags & JK_MATMUL_ACCUMULATE) != 0 ? old + value :
	    value;
}
