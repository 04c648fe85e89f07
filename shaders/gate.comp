#version 460
#include "common.glsl"
#include "op/gate.h"
#include "gate.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(gate);

void main()
{
	uint width = a.n_heads * a.head_dim;
	for (EACH(n, a.n_rows * width)) {
		uint t = n / width, k = n % width;
		uint h = k / a.head_dim, i = k % a.head_dim;
		a.y.v[t * a.ldy + k] = a.x.v[t * a.ldx + k] *
		    gate(a.gate.v[t * a.ldg + h * a.step + i], a.kind).x;
	}
}
