#version 460
// As rms_norm_lanes.comp: one subgroup per row and group.
#include "common.glsl"
#include "op/rms_norm_back.h"
#include "software/row_lanes.glsl"

layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;
ARGS(rms_norm_back);

void main()
{
	uint r = row();
	if (r >= a.n_rows * a.n_groups)
		return;
	uint t = r / a.n_groups, g = r % a.n_groups;
	uint x = t * a.ldx + g * a.step;
	uint dy = t * a.ldy + g * a.dim;
	uint dx = t * a.ldd + g * a.step;
	float squares = 0, dots = 0;
	for (SHARE(i, a.dim)) {
		float xi = a.x.v[x + i];
		squares += xi * xi;
		dots += a.dy.v[dy + i] * (a.weight_offset + a.w.v[i]) * xi;
	}
	float s = inversesqrt(subgroupAdd(squares) / float(a.dim) + a.eps);
	float c = subgroupAdd(dots) / float(a.dim) * s * s;
	for (SHARE(i, a.dim)) {
		float xi = a.x.v[x + i], w = a.weight_offset + a.w.v[i];
		float d = s * (a.dy.v[dy + i] * w - xi * c);
		float old = a.dx.v[dx + i];
		a.dx.v[dx + i] = a.accumulate != 0 ? old + d : d;
		if (AGAIN != 0)
			a.y.v[dy + i] = xi * s * w;
	}
}
