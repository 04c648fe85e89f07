#version 460
// One invocation rotates one pair, or copies a feature behind the pairs.
#include "common.glsl"
#include "op/rope.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rope);

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
		uint angle = (a.rows.v[t].position * half_dim + i) * 2;
		float c = a.table.v[angle];
		float s = a.inverse != 0 ? -a.table.v[angle + 1] :
		    a.table.v[angle + 1];
		float x0 = a.x.v[from], x1 = a.x.v[from + half_dim];
		a.y.v[to] = x0 * c - x1 * s;
		a.y.v[to + half_dim] = x1 * c + x0 * s;
	}
}
