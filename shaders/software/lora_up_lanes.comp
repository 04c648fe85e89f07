#version 460
// lora_up for software devices: hand.glsl.
#include "common.glsl"
#include "op/lora_up.h"

layout(local_size_x = JK_GROUP) in;
#include "software/hand.glsl"
layout(constant_id = JK_CONST_RESIDUAL) const uint RESIDUAL = 0;
ARGS(lora_up);

#define Z(i, r) a.z.v[(min(t0 + (i), a.n_rows - 1) * a.n_proj + p) * a.rank + \
	min(r0 + (r), a.rank - 1)]

void main()
{
	uint t0 = gl_WorkGroupID.y * ROWS, n = gl_GlobalInvocationID.x;
	uint p = gl_WorkGroupID.z, n_out = a.outputs[p].n;
	uint row = (a.outputs[p].row + min(n, n_out - 1)) * a.rank;
	uint column = a.outputs[p].column + n;
	float sums[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);

	// others have more
	if (gl_WorkGroupID.x * JK_GROUP >= n_out)
		return;
	for (uint r0 = 0; r0 < a.rank; r0 += RANKS) {
		LOAD_TABLE(Z)
		[[unroll]] for (uint r = 0; r < RANKS; r++) {
			float b = a.b.v[row + min(r0 + r, a.rank - 1)];
			b = r0 + r < a.rank ? b : 0;
			[[unroll]] for (uint i = 0; i < ROWS; i++)
				sums[i] = fma(cell(i, r), b, sums[i]);
		}
	}
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		if (t0 + i < a.n_rows && n < n_out) {
			uint at = (t0 + i) * a.ldy + column;
			float y = a.y.v[at] + a.outputs[p].scale * sums[i];
			a.y.v[at] = RESIDUAL != 0 ? a.residual.v[at] + y : y;
		}
}
