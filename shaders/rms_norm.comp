#version 460
// One work group per row and group.
#include "common.glsl"
#include "op/rms_norm.h"

layout(local_size_x = 128) in;
#include "reduce.glsl"
ARGS(rms_norm);

void main()
{
	for (uint r = gl_WorkGroupID.x; r < a.n_rows * a.n_groups;
	    r += gl_NumWorkGroups.x) {
		uint t = r / a.n_groups, g = r % a.n_groups;
		uint from = t * a.ldx + g * a.dim;
		uint to = t * a.ldy + g * a.dim;
		float sum = 0;
		for (uint i = gl_LocalInvocationID.x; i < a.dim;
		    i += gl_WorkGroupSize.x)
			sum += a.x.v[from + i] * a.x.v[from + i];
		float s = inversesqrt(group_sum(sum) / float(a.dim) + a.eps);
		for (uint i = gl_LocalInvocationID.x; i < a.dim;
		    i += gl_WorkGroupSize.x)
			a.y.v[to + i] = a.x.v[from + i] * s *
			    (a.weight_offset + a.w.v[i]);
	}
}
