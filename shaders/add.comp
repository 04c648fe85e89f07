#version 460
#include "common.glsl"
#include "op/add.h"

layout(local_size_x = JK_GROUP) in;
ARGS(add);

void main()
{
	for (EACH(i, a.n))
		a.y.v[i] = a.a.v[i] + a.b.v[i];
}
