#version 460
// One invocation rotates one pair.
#include "common.glsl"
#include "op/rope.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rope);

void main()
{
	uint half_dim = a.head_dim / 2, per_row = a.n_heads * half_dim;
	for (EACH(n, a.n_rows * per_row)) {
		uint t = n / per_row, h = n % per_row / half_dim;
		uint i = n % half_dim;
		uint angle = (a.rows.v[t].position * half_dim + i) * 2;
		float c = a.table.v[angle];
		float s = a.inverse != 0 ? -a.table.v[angle + 1] :
		    a.table.v[angle + 1];
		uint row = a.scatter != 0 ? a.rows.v[t].kv_row : t;
		uint from = t * a.ldx + h * a.head_dim + i;
		uint to = row * a.ldy + h * a.head_dim + i;
		float x0 = a.x.v[from], x1 = a.x.v[from + half_dim];
		a.y.v[to] = x0 * c - x1 * s;
		a.y.v[to + half_dim] = x1 * c + x0 * s;
	}
}
