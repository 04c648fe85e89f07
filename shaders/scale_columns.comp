#version 460
#include "common.glsl"
#include "op/scale_columns.h"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_BIASED) const uint BIASED = 0;
ARGS(scale_columns);

void main()
{
	for (EACH(i, a.n_rows * a.n)) {
		uint t = i / a.n, n = i % a.n, at = t * a.ldy + n;
		float y = a.factor.v[n] * a.x.v[t * a.ldx + n];

		if (BIASED != 0)
			y += a.shift.v[n];
		if (a.accumulate != 0)
			y += a.y.v[at];
		a.y.v[at] = y;
	}
}
