#version 460
// lora_grad_b for software devices: hand.glsl.
#include "common.glsl"
#include "op/lora_grad_b.h"

layout(local_size_x = JK_GROUP) in;
#include "software/hand.glsl"
ARGS(lora_grad_b);

#define Z(i, r) a.z.v[(min(t0 + (i), a.n_rows - 1) * a.n_proj + p) * a.rank + \
	rank0 + min(r, n_ranks - 1)]

void main()
{
	uint n = gl_GlobalInvocationID.x;
	uint blocks = (a.rank + RANKS - 1) / RANKS;
	uint p = gl_WorkGroupID.y / blocks;
	uint rank0 = gl_WorkGroupID.y % blocks * RANKS;
	uint n_ranks = min(RANKS, a.rank - rank0);
	uint n_out = a.outputs[p].n;
	uint column = a.outputs[p].column + min(n, n_out - 1);
	uint row = (a.outputs[p].row + n) * a.rank;
	float sums[RANKS] = float[RANKS](0, 0, 0, 0, 0, 0, 0, 0);

	// others have more
	if (gl_WorkGroupID.x * JK_GROUP >= n_out)
		return;
	for (uint t0 = 0; t0 < a.n_rows; t0 += ROWS) {
		LOAD_TABLE(Z)
		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			float dy = a.dy.v[min(t0 + i, a.n_rows - 1) * a.ldy +
			    column];
			dy = t0 + i < a.n_rows ? dy : 0;
			[[unroll]] for (uint r = 0; r < RANKS; r++)
				sums[r] = fma(dy, cell(i, r), sums[r]);
		}
	}
	[[unroll]] for (uint r = 0; r < RANKS; r++)
		if (r < n_ranks && n < n_out)
			a.db.v[row + rank0 + r] += a.outputs[p].scale *
			    sums[r];
}
