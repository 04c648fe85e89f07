#version 460
// One invocation per row and head.
#include "common.glsl"
#include "op/attention_dot.h"

layout(local_size_x = JK_GROUP) in;
ARGS(attention_dot);

void main()
{
	for (EACH(i, a.n_rows * a.n_heads)) {
		uint at = i / a.n_heads * a.ldy + i % a.n_heads * a.head_dim;
		float sum = 0;
		for (uint d = 0; d < a.head_dim; d++)
			sum = fma(a.y.v[at + d], a.dy.v[at + d], sum);
		a.delta.v[i] = sum;
	}
}
