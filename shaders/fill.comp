#version 460
#include "common.glsl"
#include "op/fill.h"

layout(local_size_x = JK_GROUP) in;
ARGS(fill);

void main()
{
	for (EACH(i, a.n))
		a.x.v[i] = a.value;
}
