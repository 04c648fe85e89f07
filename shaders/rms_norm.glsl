// A row of rms_norm, of elements from x on, which a work group computes.
#include "reduce.glsl"
// elements of a row that an invocation holds: dim / JK_GROUP, rounded up
layout(constant_id = JK_CONST_HELD) const uint HELD = 1;

void rms_norm(uint from, uint to)
{
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
