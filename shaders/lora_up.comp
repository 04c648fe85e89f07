#version 460
// One invocation per output column and ROWS rows: a row of B serves all.
#include "common.glsl"
#include "op/lora_up.h"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_up);

const uint ROWS = JK_LORA_ROWS;

void main()
{
	uint t0 = gl_WorkGroupID.y * ROWS, n = gl_GlobalInvocationID.x;
	float sums[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);

	if (n >= a.n)
		return;
	for (uint r = 0; r < a.rank; r++) {
		float b = a.b.v[n * a.rank + r];
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			sums[i] = fma(a.z.v[min(t0 + i, a.n_rows - 1) * a.ldz +
			    r], b, sums[i]);
	}
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		if (t0 + i < a.n_rows)
			a.y.v[(t0 + i) * a.ldy + n] += a.scale * sums[i];
}
