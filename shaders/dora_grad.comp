#version 460
// A work group takes COLUMNS columns, SLICES invocations each: they share its
// rows, and the first adds up what they have.
#include "common.glsl"
#include "op/dora_grad.h"

layout(local_size_x = JK_GROUP) in;
ARGS(dora_grad);

const uint COLUMNS = JK_DORA_COLUMNS, SLICES = JK_GROUP / COLUMNS;

shared float sums[SLICES][COLUMNS];

void main()
{
	uint column = gl_LocalInvocationID.x % COLUMNS;
	uint slice = gl_LocalInvocationID.x / COLUMNS;
	for (uint n0 = gl_WorkGroupID.x * COLUMNS; n0 < a.n;
	    n0 += gl_NumWorkGroups.x * COLUMNS) {
		uint n = min(n0 + column, a.n - 1);
		float sum = 0;

		for (uint t = slice; t < a.n_rows; t += SLICES)
			sum = fma(a.dy.v[t * a.ldy + n], a.u.v[t * a.ldu + n],
			    sum);
		barrier();
		sums[slice][column] = sum;
		barrier();
		if (slice != 0 || n0 + column >= a.n)
			continue;
		for (uint i = 1; i < SLICES; i++)
			sum += sums[i][column];
		a.dm.v[n] += sum / a.norm.v[n];
	}
}
