#version 460
// One work group per row and group.
#include "common.glsl"
#include "op/rms_norm_back.h"

layout(local_size_x = 128) in;
#include "reduce.glsl"
ARGS(rms_norm_back);

void main()
{
	for (uint r = gl_WorkGroupID.x; r < a.n_rows * a.n_groups;
	    r += gl_NumWorkGroups.x) {
		uint t = r / a.n_groups, g = r % a.n_groups;
		uint x = t * a.ldx + g * a.dim;
		uint dy = t * a.ldy + g * a.dim;
		uint dx = t * a.ldd + g * a.dim;
		float squares = 0, dots = 0;
		for (uint i = gl_LocalInvocationID.x; i < a.dim;
		    i += gl_WorkGroupSize.x) {
			float xi = a.x.v[x + i];
			squares += xi * xi;
			dots += a.dy.v[dy + i] * (a.weight_offset + a.w.v[i]) * xi;
		}
		float s = inversesqrt(group_sum(squares) / float(a.dim) + a.eps);
		float c = group_sum(dots) / float(a.dim) * s * s;
		for (uint i = gl_LocalInvocationID.x; i < a.dim;
		    i += gl_WorkGroupSize.x) {
			float u = a.dy.v[dy + i] * (a.weight_offset + a.w.v[i]);
			float d = s * (u - a.x.v[x + i] * c);
			if (a.accumulate != 0)
				d += a.dx.v[dx + i];
			a.dx.v[dx + i] = d;
		}
	}
}
