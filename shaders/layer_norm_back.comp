#version 460
// One work group per row.
#include "common.glsl"
#include "op/layer_norm_back.h"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
// elements of a row that an invocation holds: dim / JK_GROUP, rounded up
layout(constant_id = JK_CONST_HELD) const uint HELD = 1;
layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;
ARGS(layer_norm_back);

void main()
{
	for (uint t = gl_WorkGroupID.x; t < a.n_rows; t += gl_NumWorkGroups.x) {
		float xs[HELD], us[HELD], sum = 0, squares = 0, u = 0, dots = 0;
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			uint at = min(i, a.dim - 1);
			xs[n] = a.x.v[t * a.ldx + at];
			us[n] = a.dy.v[t * a.ldy + at] * a.w.v[at];
			sum += i < a.dim ? xs[n] : 0;
			u += i < a.dim ? us[n] : 0;
		}
		float mean = group_sum(sum) / float(a.dim);
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			xs[n] -= mean;
			squares += i < a.dim ? xs[n] * xs[n] : 0;
			dots += i < a.dim ? us[n] * xs[n] : 0;
		}
		float s = inversesqrt(group_sum(squares) / float(a.dim) +
		    a.eps);
		float from = group_sum(u) / float(a.dim);
		float c = group_sum(dots) / float(a.dim) * s * s;
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			uint at = t * a.ldd + i;
			float d = s * (us[n] - from - xs[n] * c);
			if (i < a.dim)
				a.dx.v[at] = a.accumulate != 0 ?
				    a.dx.v[at] + d : d;
			if (AGAIN != 0 && i < a.dim)
				a.y.v[t * a.ldy + i] = xs[n] * s * a.w.v[i] +
				    a.b.v[i];
		}
	}
}
