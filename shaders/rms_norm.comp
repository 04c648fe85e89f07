#version 460
// One work group per row and group.
#include "common.glsl"
#include "op/rms_norm.h"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
// elements of a row that an invocation holds: dim / JK_GROUP, rounded up
layout(constant_id = JK_CONST_HELD) const uint HELD = 1;
ARGS(rms_norm);

void main()
{
	for (uint r = gl_WorkGroupID.x; r < a.n_rows * a.n_groups;
	    r += gl_NumWorkGroups.x) {
		uint t = r / a.n_groups, g = r % a.n_groups;
		uint from = t * a.ldx + g * a.step;
		uint to = t * a.ldy + g * a.dim;
		float x[HELD], sum = 0;
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			x[n] = a.x.v[from + min(i, a.dim - 1)];
			sum += i < a.dim ? x[n] * x[n] : 0;
		}
		float s = inversesqrt(group_sum(sum) / float(a.dim) + a.eps);
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			float w = a.weight_offset + a.w.v[min(i, a.dim - 1)];
			if (i < a.dim)
				a.y.v[to + i] = x[n] * s * w;
		}
	}
}
