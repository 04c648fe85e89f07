#version 460
// One invocation rotates one pair, or copies a feature behind the pairs.
#include "common.glsl"
#include "op/rope.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rope);

#include "rope.glsl"

void main()
{
	uint half_dim = a.rotary_dim / 2, per_head = a.head_dim - half_dim;
	uint per_row = a.n_heads * per_head;
	for (EACH(n, a.n_rows * per_row)) {
		uint t = n / per_row, h = n % per_row / per_head;
		uint i = n % per_head;
		uint row = a.scatter != 0 ? a.rows.v[t].kv_row : t;
		uint from = t * a.ldx + h * a.head_dim + i;
		uint to = row * a.ldy + h * a.head_dim + i;
		if (i >= half_dim) {
			a.y.v[to + half_dim] = a.x.v[from + half_dim];
			continue;
		}
		vec2 y = turned(vec2(a.x.v[from], a.x.v[from + half_dim]),
		    a.rows.v[t].position, i, a.inverse != 0);
		a.y.v[to] = y.x;
		a.y.v[to + half_dim] = y.y;
	}
}
