#version 460
#include "common.glsl"
#include "op/copy_rows.h"

layout(local_size_x = JK_GROUP) in;
// 1: there is an index
layout(constant_id = JK_CONST_INDEXED) const uint INDEXED = 0;
ARGS(copy_rows);

void main()
{
	for (EACH(i, a.n_rows * a.dim)) {
		uint row = i / a.dim, k = i % a.dim;
		uint other = INDEXED != 0 ? a.index.v[row] : row;
		uint from = a.mode == JK_COPY_GATHER ? other : row;
		uint to = a.mode == JK_COPY_GATHER ? row : other;
		a.y.v[to * a.ldy + k] = a.x.v[from * a.ldx + k];
	}
}
