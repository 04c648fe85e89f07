#version 460
#include "common.glsl"
#include "op/glu.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(glu);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim;
		a.y.v[t * a.ldy + k] = a.up.v[t * a.ldx + k] *
		    activation(a.gate.v[t * a.ldx + k], a.kind).x;
	}
}
