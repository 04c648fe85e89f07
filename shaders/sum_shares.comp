#version 460
#include "common.glsl"
#include "op/sum_shares.h"

layout(local_size_x = JK_GROUP) in;
ARGS(sum_shares);

void main()
{
	for (EACH(i, a.n)) {
		float sum = a.x.v[i];
		for (uint s = 1; s < a.n_shares; s++)
			sum += a.x.v[s * a.n + i];
		a.y.v[i] = sum;
	}
}
