#version 460
// One invocation per output column and ROWS rows: a row of B serves all.  Along z
// the projections.
#include "common.glsl"
#include "op/lora_up.h"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_RESIDUAL) const uint RESIDUAL = 0;
ARGS(lora_up);

const uint ROWS = JK_LORA_ROWS;

void main()
{
	uint t0 = gl_WorkGroupID.y * ROWS, n = gl_GlobalInvocationID.x;
	jk_lora_output o = a.outputs[gl_WorkGroupID.z];
	uint row = (o.row + n) * a.rank, z[ROWS];
	float sums[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);

	if (n >= o.n)
		return;
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		z[i] = (min(t0 + i, a.n_rows - 1) * a.n_proj +
		    gl_WorkGroupID.z) * a.rank;
	for (uint r = 0; r < a.rank; r++) {
		float b = a.b.v[row + r];
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			sums[i] = fma(a.z.v[z[i] + r], b, sums[i]);
	}
	[[unroll]] for (uint i = 0; i < ROWS; i++) {
		uint at = (t0 + i) * a.ldy + o.column + n;
		if (t0 + i >= a.n_rows)
			return;
		float y = a.y.v[at] + o.scale * sums[i];
		a.y.v[at] = RESIDUAL != 0 ? a.residual.v[at] + y : y;
	}
}
