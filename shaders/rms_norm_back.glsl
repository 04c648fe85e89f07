// A row of rms_norm_back, of elements from these on, which a work group computes.
#include "reduce.glsl"
// elements of a row that an invocation holds: dim / JK_GROUP, rounded up
layout(constant_id = JK_CONST_HELD) const uint HELD = 1;
layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;

void rms_norm_back(uint x, uint dy, uint dx)
{
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
