#version 460
// RMSNorm for software devices, which pay for barriers as they do for loads:
// one subgroup per row and group, and none of either to spare.
#include "common.glsl"
#include "op/rms_norm.h"
#include "software/row_lanes.glsl"

ARGS(rms_norm);

void main()
{
	uint r = row();
	if (r >= a.n_rows * a.n_groups)
		return;
	uint t = r / a.n_groups, g = r % a.n_groups;
	uint from = t * a.ldx + g * a.step;
	uint to = t * a.ldy + g * a.dim;
	float sum = 0;
	for (SHARE(i, a.dim)) {
		float x = a.x.v[from + i];
		sum += x * x;
	}
	float s = inversesqrt(subgroupAdd(sum) / float(a.dim) + a.eps);
	for (SHARE(i, a.dim))
		a.y.v[to + i] = a.x.v[from + i] * s *
		    (a.weight_offset + a.w.v[i]);
}
