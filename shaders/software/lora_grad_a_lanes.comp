#version 460
// lora_grad_a for software devices: hand.glsl.
#include "common.glsl"
#include "op/lora_grad_a.h"
#include "mask.glsl"

layout(local_size_x = JK_GROUP) in;
#include "software/hand.glsl"
ARGS(lora_grad_a);

#define DZ(i, r) a.dz.v[min(t0 + (i), a.n_rows - 1) * a.n_proj * a.rank + \
	rank0 + min(r, n_ranks - 1)]

void main()
{
	uint k = gl_GlobalInvocationID.x, at_k = min(k, a.dim - 1);
	uint blocks = (a.rank + RANKS - 1) / RANKS;
	uint p = gl_WorkGroupID.y / blocks;
	uint rank0 = p * a.rank + gl_WorkGroupID.y % blocks * RANKS;
	uint n_ranks = min(RANKS, (p + 1) * a.rank - rank0);
	float sums[RANKS] = float[RANKS](0, 0, 0, 0, 0, 0, 0, 0);

	for (uint t0 = 0; t0 < a.n_rows; t0 += ROWS) {
		LOAD_TABLE(DZ)
		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			uint t = min(t0 + i, a.n_rows - 1);
			float x = a.x.v[t * a.ldx + at_k];
			bool kept = KEPT(p, t, at_k);
			x = kept && t0 + i < a.n_rows ? x : 0;
			[[unroll]] for (uint r = 0; r < RANKS; r++)
				sums[r] = fma(x, cell(i, r), sums[r]);
		}
	}
	[[unroll]] for (uint r = 0; r < RANKS; r++)
		if (r < n_ranks && k < a.dim)
			a.da.v[(rank0 + r) * a.dim + k] +=
			    a.keep_scale * sums[r];
}
