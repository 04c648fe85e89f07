#version 460
// One work group per row.
#include "common.glsl"
#include "op/layer_norm.h"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
// elements of a row that an invocation holds: dim / JK_GROUP, rounded up
layout(constant_id = JK_CONST_HELD) const uint HELD = 1;
ARGS(layer_norm);

void main()
{
	for (uint t = gl_WorkGroupID.x; t < a.n_rows; t += gl_NumWorkGroups.x) {
		float x[HELD], sum = 0, squares = 0;
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			x[n] = a.x.v[t * a.ldx + min(i, a.dim - 1)];
			sum += i < a.dim ? x[n] : 0;
		}
		float mean = group_sum(sum) / float(a.dim);
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			x[n] -= mean;
			squares += i < a.dim ? x[n] * x[n] : 0;
		}
		float s = inversesqrt(group_sum(squares) / float(a.dim) +
		    a.eps);
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			if (i < a.dim)
				a.y.v[t * a.ldy + i] = x[n] * s * a.w.v[i] +
				    a.b.v[i];
		}
	}
}
