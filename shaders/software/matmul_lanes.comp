#version 460
// y = x W^T + bias, a lane per eight outputs.
#include "common.glsl"
#include "op/matmul.h"
#include "weight.glsl"

layout(constant_id = JK_CONST_BIASED) const uint BIASED = 0;
ARGS(matmul);

#define N_OUT a.n
#define N_IN a.k
#define LEFT(m, k) a.x.v[(m) * a.ldx + (k)]

void load_right(uint k0, uint n0);
void put(uint m, uint n, float value);

#include "software/lanes.glsl"

// behind the last input decode8 gives 0 where it can be reached at all
void load_right(uint k0, uint n0)
{
	[[unroll]] for (uint j = 0; j < COLUMNS; j++)
		decode8(a.w, min(n0 + j, a.n - 1), a.k, k0, right[j]);
}

void put(uint m, uint n, float value)
{
	uint at = m * a.ldy + n;
	if (BIASED != 0)
		value += a.bias.v[n];
	float old = a.y.v[at];
	a.y.v[at] = (a.flags & JK_MATMUL_ACCUMULATE) != 0 ? old + value : value;
}
