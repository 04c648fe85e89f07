#version 460
// One work group per row and group.
#include "common.glsl"
#include "op/rms_norm_back.h"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
// elements of a row that an invocation holds: dim / JK_GROUP, rounded up
layout(constant_id = JK_CONST_HELD) const uint HELD = 1;
layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;
ARGS(rms_norm_back);

void main()
{
	for (uint r = gl_WorkGroupID.x; r < a.n_rows * a.n_groups;
	    r += gl_NumWorkGroups.x) {
		uint t = r / a.n_groups, g = r % a.n_groups;
		uint x = t * a.ldx + g * a.step;
		uint dy = t * a.ldy + g * a.dim;
		uint dx = t * a.ldd + g * a.step;
		float xs[HELD], us[HELD], squares = 0, dots = 0;
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			uint at = min(i, a.dim - 1);
			xs[n] = a.x.v[x + at];
			us[n] = a.dy.v[dy + at] * (a.weight_offset + a.w.v[at]);
			squares += i < a.dim ? xs[n] * xs[n] : 0;
			dots += i < a.dim ? us[n] * xs[n] : 0;
		}
		float s = inversesqrt(group_sum(squares) / float(a.dim) + a.eps);
		float c = group_sum(dots) / float(a.dim) * s * s;
		[[unroll]] for (uint n = 0; n < HELD; n++) {
			uint i = n * JK_GROUP + gl_LocalInvocationID.x;
			float d = s * (us[n] - xs[n] * c);
			if (i < a.dim)
				a.dx.v[dx + i] = a.accumulate != 0 ?
				    a.dx.v[dx + i] + d : d;
			if (AGAIN != 0 && i < a.dim)
				a.y.v[dy + i] = xs[n] * s * (a.weight_offset +
				    a.w.v[i]);
		}
	}
}
