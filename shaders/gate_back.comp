#version 460
#include "common.glsl"
#include "op/gate_back.h"
#include "gate.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(gate_back);

void main()
{
	uint width = a.n_heads * a.head_dim;
	for (EACH(n, a.n_rows * width)) {
		uint t = n / width, k = n % width;
		uint h = k / a.head_dim, i = k % a.head_dim;
		uint at = t * a.ldg + h * a.step + i;
		vec2 act = gate(a.gate.v[at], a.kind);
		float dy = a.dy.v[t * a.ldy + k];
		a.dgate.v[at] = dy * a.x.v[t * a.ldx + k] * act.y;
		a.dx.v[t * a.ldy + k] = dy * act.x;
	}
}
