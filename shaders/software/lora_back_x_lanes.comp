#version 460
// lora_back_x for software devices: hand.glsl.
#include "common.glsl"
#include "op/lora_back_x.h"
#include "mask.glsl"

layout(local_size_x = JK_GROUP) in;
#include "software/hand.glsl"
ARGS(lora_back_x);

#define DZ(i, r) a.dz.v[min(t0 + (i), a.n_rows - 1) * a.n_proj * a.rank + \
	p * a.rank + min(r0 + (r), a.rank - 1)]

void main()
{
	uint t0 = gl_WorkGroupID.y * ROWS;
	uint k = gl_GlobalInvocationID.x, at_k = min(k, a.dim - 1);
	float sums[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);

	for (uint p = 0; p < a.n_proj; p++) {
		float part[ROWS] = float[ROWS](0, 0, 0, 0, 0, 0, 0, 0);
		for (uint r0 = 0; r0 < a.rank; r0 += RANKS) {
			LOAD_TABLE(DZ)
			[[unroll]] for (uint r = 0; r < RANKS; r++) {
				float w = a.a.v[(p * a.rank + min(r0 + r,
				    a.rank - 1)) * a.dim + at_k];
				w = r0 + r < a.rank ? w : 0;
				[[unroll]] for (uint i = 0; i < ROWS; i++)
					part[i] = fma(cell(i, r), w, part[i]);
			}
		}
		[[unroll]] for (uint i = 0; i < ROWS; i++) {
			bool kept = KEPT(p, min(t0 + i, a.n_rows - 1), at_k);
			sums[i] += kept ? part[i] : 0;
		}
	}
	[[unroll]] for (uint i = 0; i < ROWS; i++)
		if (t0 + i < a.n_rows && k < a.dim)
			a.dx.v[(t0 + i) * a.ldx + k] += a.keep_scale * sums[i];
}
