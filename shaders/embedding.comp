#version 460
// One invocation decodes eight neighbours of a row.
#include "common.glsl"
#include "op/embedding.h"
#include "weight.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(embedding);

void main()
{
	uint per_row = (a.dim + 7) / 8;
	for (EACH(i, a.n_rows * per_row)) {
		uint t = i / per_row, k = i % per_row * 8;
		float v[8];
		decode8(a.w, a.rows.v[t].token, a.dim, k, v);
		for (uint j = 0; j < min(8, a.dim - k); j++)
			// a product may flush a denormal number to 0
			a.y.v[t * a.dim + k + j] = a.scale == 1 ? v[j] :
			    v[j] * a.scale;
	}
}
