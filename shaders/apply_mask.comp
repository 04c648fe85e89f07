#version 460
#include "common.glsl"
#include "op/apply_mask.h"

layout(local_size_x = JK_GROUP) in;
ARGS(apply_mask);

void main()
{
	uint words = (a.dim + 31) / 32;
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim;
		bool kept = (a.mask.v[t * words + k / 32] >> k % 32 & 1) != 0;
		float y = (kept ? a.kept : a.dropped) * a.x.v[i];

		a.y.v[i] = a.accumulate != 0 ? a.y.v[i] + y : y;
	}
}
