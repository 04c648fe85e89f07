#version 460
// lora_grad_b for software devices: hand.glsl.
#include "common.glsl"
#include "op/lora_grad_b.h"

layout(local_size_x = JK_GROUP) in;
#include "software/hand.glsl"
ARGS(lora_grad_b);

#define Z(i, r) a.z.v[min(t0 + (i), a.n_rows - 1) * a.ldz + rank0 + \
	min(r, n_ranks - 1)]

void main()
{
	uint n = gl_GlobalInvocationID.x;
	uint rank0 = gl_WorkGroupID.y * RANKS;
	uint n_ranks = min(RANKS, a.rank - rank0);
	float sums[RANKS] = float[RANKS](0, 0, 0, 0, 0, 0, 0, 0);

	for (uint t0 = 0; t0 < a.n_rows; t0 += ROWS) {
		LOAD_TABLE(Z)
		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			float dy = a.dy.v[min(t0 + i, a.n_rows - 1) * a.ldy +
			    min(n, a.n - 1)];
			dy = t0 + i < a.n_rows ? dy : 0;
			[[unroll]] for (uint r = 0; r < RANKS; r++)
				sums[r] = fma(dy, cell(i, r), sums[r]);
		}
	}
	[[unroll]] for (uint r = 0; r < RANKS; r++)
		if (r < n_ranks && n < a.n)
			a.db.v[n * a.rank + rank0 + r] += a.scale * sums[r];
}
