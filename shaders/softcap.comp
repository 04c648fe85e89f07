#version 460
#include "common.glsl"
#include "op/softcap.h"
#include "tanh.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(softcap);

void main()
{
	for (EACH(i, a.n))
		a.x.v[i] = a.cap * safe_tanh(a.x.v[i] / a.cap);
}
