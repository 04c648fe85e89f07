#version 460
// One work group per block of 4096.
#include "common.glsl"
#include "op/sum_squares.h"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
ARGS(sum_squares);

void main()
{
	uint n_blocks = (a.n + 4095) / 4096;
	for (uint b = gl_WorkGroupID.x; b < n_blocks;
	    b += gl_NumWorkGroups.x) {
		uint end = min(a.n, (b + 1) * 4096);
		float sum = 0;
		for (uint i = b * 4096 + gl_LocalInvocationID.x; i < end;
		    i += gl_WorkGroupSize.x)
			sum += a.x.v[i] * a.x.v[i];
		sum = group_sum(sum);
		if (gl_LocalInvocationID.x == 0)
			a.partial.v[b] = sum;
	}
}
