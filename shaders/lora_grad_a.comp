#version 460
// One invocation per input feature and RANKS ranks of one projection; the sum
// over rows in order.
#include "common.glsl"
#include "op/lora_grad_a.h"
#include "mask.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_grad_a);

const uint RANKS = JK_LORA_RANKS;

void main()
{
	uint k = gl_GlobalInvocationID.x, blocks = (a.rank + RANKS - 1) / RANKS;
	uint p = gl_WorkGroupID.y / blocks;
	uint rank0 = p * a.rank + gl_WorkGroupID.y % blocks * RANKS;
	uint n_ranks = min(RANKS, (p + 1) * a.rank - rank0);
	float sums[RANKS] = float[RANKS](0, 0, 0, 0, 0, 0, 0, 0);

	if (k >= a.dim)
		return;
	for (uint t = 0; t < a.n_rows; t++) {
		if (!KEPT(p, t, k))
			continue;
		float x = a.x.v[t * a.ldx + k];
		[[unroll]] for (uint r = 0; r < RANKS; r++)
			sums[r] = fma(x, a.dz.v[t * a.n_proj * a.rank + rank0 +
			    min(r, n_ranks - 1)], sums[r]);
	}
	[[unroll]] for (uint r = 0; r < RANKS; r++)
		if (r < n_ranks)
			a.da.v[(rank0 + r) * a.dim + k] +=
			    a.keep_scale * sums[r];
}
