#version 460
// One invocation per output column and RANKS ranks; the sum over rows in order.
#include "common.glsl"
#include "op/lora_grad_b.h"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_grad_b);

const uint RANKS = JK_LORA_RANKS;

void main()
{
	uint n = gl_GlobalInvocationID.x;
	uint rank0 = gl_WorkGroupID.y * RANKS;
	uint n_ranks = min(RANKS, a.rank - rank0);
	float sums[RANKS] = float[RANKS](0, 0, 0, 0, 0, 0, 0, 0);

	if (n >= a.n)
		return;
	for (uint t = 0; t < a.n_rows; t++) {
		float dy = a.dy.v[t * a.ldy + n];
		[[unroll]] for (uint r = 0; r < RANKS; r++)
			sums[r] = fma(dy, a.z.v[t * a.ldz + rank0 +
			    min(r, n_ranks - 1)], sums[r]);
	}
	[[unroll]] for (uint r = 0; r < RANKS; r++)
		if (r < n_ranks)
			a.db.v[n * a.rank + rank0 + r] += a.scale * sums[r];
}
