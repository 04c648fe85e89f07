#version 460
#include "common.glsl"
#include "op/scale_columns.h"

layout(local_size_x = JK_GROUP) in;
ARGS(scale_columns);

void main()
{
	for (EACH(i, a.n_rows * a.n)) {
		uint n = i % a.n, at = i / a.n * a.ldy + n;

		a.y.v[at] = a.factor.v[n] * a.y.v[at] + a.shift.v[n];
	}
}
