#version 460
#include "common.glsl"
#include "op/add_positions.h"

layout(local_size_x = JK_GROUP) in;
ARGS(add_positions);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint position = a.rows.v[i / a.dim].position;
		a.y.v[i] += a.table.v[position * a.dim + i % a.dim];
	}
}
