#version 460
// One invocation per output column and eight ranks; the sum over rows in order.
#include "common.glsl"
#include "op/lora_grad_b.h"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_grad_b);

void main()
{
	uint n = gl_GlobalInvocationID.x, rank0 = gl_WorkGroupID.y * 8;
	uint n_ranks = min(8, a.rank - rank0);
	float sums[8] = float[8](0, 0, 0, 0, 0, 0, 0, 0);

	if (n >= a.n)
		return;
	for (uint t = 0; t < a.n_rows; t++) {
		float dy = a.dy.v[t * a.ldy + n];
		[[unroll]] for (uint r = 0; r < 8; r++)
			sums[r] = fma(dy, a.z.v[t * a.ldz + rank0 +
			    min(r, n_ranks - 1)], sums[r]);
	}
	[[unroll]] for (uint r = 0; r < 8; r++)
		if (r < n_ranks)
			a.db.v[n * a.rank + rank0 + r] += a.scale * sums[r];
}
