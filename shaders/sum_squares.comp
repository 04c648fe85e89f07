#version 460
// One work group per block.
#include "common.glsl"
#include "ieee.glsl"
#include "op/sum_squares.h"

layout(local_size_x = JK_GROUP) in;
#include "reduce.glsl"
ARGS(sum_squares);

void main()
{
	uint n_blocks = (a.n + JK_SUM_BLOCK - 1) / JK_SUM_BLOCK;
	for (uint b = gl_WorkGroupID.x; b < n_blocks;
	    b += gl_NumWorkGroups.x) {
		uint end = min(a.n, (b + 1) * JK_SUM_BLOCK);
		float sum = 0;
		for (uint i = b * JK_SUM_BLOCK + gl_LocalInvocationID.x;
		    i < end; i += gl_WorkGroupSize.x)
			sum += a.x.v[i] * a.x.v[i];
		sum = group_sum(sum);
		if (gl_LocalInvocationID.x == 0)
			a.partial.v[b] = sum;
	}
}
