#version 460
// One invocation per input feature and ROWS rows: a column of A serves all.
#include "common.glsl"
#include "op/lora_back_x.h"
#include "mask.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_back_x);

const uint ROWS = JK_LORA_ROWS;

void main()
{
	uint t0 = gl_WorkGroupID.y * ROWS, k = gl_GlobalInvocationID.x;
	uint ranks = a.n_proj * a.rank;
	float sums[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);

	if (k >= a.dim)
		return;
	for (uint p = 0; p < a.n_proj; p++) {
		float part[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);
		for (uint r = p * a.rank; r < (p + 1) * a.rank; r++) {
			float w = a.a.v[r * a.dim + k];
			[[unroll]] for (uint i = 0; i < ROWS; i++)
				part[i] = fma(a.dz.v[min(t0 + i, a.n_rows - 1) *
				    ranks + r], w, part[i]);
		}
		[[unroll]] for (uint i = 0; i < ROWS; i++)
			if (KEPT(p, min(t0 + i, a.n_rows - 1), k))
				sums[i] += part[i];
	}
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		if (t0 + i < a.n_rows)
			a.dx.v[(t0 + i) * a.ldx + k] += a.keep_scale * sums[i];
}
