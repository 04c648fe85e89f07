#version 460
#include "common.glsl"
#include "op/glu.h"
#include "op/gelu_back.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;
ARGS(gelu_back);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim, at = t * a.ldx + k;
		vec2 act = activation(a.x.v[at], JK_GLU_GELU);
		a.dx.v[at] = a.dy.v[t * a.ldy + k] * act.y;
		if (AGAIN != 0)
			a.y.v[t * a.ldy + k] = act.x;
	}
}
