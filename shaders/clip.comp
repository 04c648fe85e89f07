#version 460
// One work group: sums over the largest, which neither overflow nor vanish.
#include "common.glsl"
#include "ieee.glsl"
#include "op/clip.h"

layout(local_size_x = 256) in;
#include "reduce.glsl"
ARGS(clip);

// Of a double that is not negative, by its two words, the low one first.
float rounded(uvec2 bits)
{
	int exponent = int(bits.y >> 20) - 1023 + 127;
	if (exponent <= 0)
		return 0;
	if (exponent >= 255)
		return uintBitsToFloat(0x7f7fffffu);
	return uintBitsToFloat(uint(exponent) << 23 |
	    (bits.y & 0xfffffu) << 3 | bits.x >> 29);
}

void main()
{
	float top = 0, wrong = 0, sum = 0;
	for (uint b = gl_LocalInvocationID.x; b < a.n;
	    b += gl_WorkGroupSize.x) {
		if (IS_FINITE(a.partial.v[b]))
			top = max(top, a.partial.v[b]);
		else
			wrong = 1;
	}
	top = group_max(top);
	wrong = group_max(wrong);
	for (uint b = gl_LocalInvocationID.x; b < a.n && top > 0 &&
	    wrong == 0; b += gl_WorkGroupSize.x)
		sum += a.partial.v[b] / top;
	float norm = sqrt(top) * sqrt(group_sum(sum));
	if (gl_LocalInvocationID.x != 0)
		return;
	if (wrong != 0 || norm == 0)
		a.to.v.failed = 1;
	else
		a.to.v.factor = a.max_norm == uvec2(0) ? 1 :
		    min(1, rounded(a.max_norm) / (norm + 1e-6));
}
