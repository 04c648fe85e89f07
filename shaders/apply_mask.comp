#version 460
#include "common.glsl"
#include "op/apply_mask.h"

layout(local_size_x = JK_GROUP) in;
ARGS(apply_mask);
#include "mask.glsl"

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim;
		float y = (KEPT(0, t, k) ? a.kept : a.dropped) * a.x.v[i];

		a.y.v[i] = a.accumulate != 0 ? a.y.v[i] + y : y;
	}
}
