#version 460
#include "common.glsl"
#include "op/glu.h"
#include "op/glu_back.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;
ARGS(glu_back);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint t = i / a.dim, k = i % a.dim, at = t * a.ldx + k;
		vec2 act = activation(a.gate.v[at], a.kind);
		float dy = a.dy.v[t * a.ldy + k], up = a.up.v[at];
		a.dgate.v[at] = dy * up * act.y;
		a.dup.v[at] = dy * act.x;
		if (AGAIN != 0)
			a.y.v[t * a.ldy + k] = up * act.x;
	}
}
