#version 460
#include "common.glsl"
#include "op/adamw.h"
#include "adamw.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(adamw);

void main()
{
	if (a.clipping.v.failed != 0)
		return;
	for (EACH(i, a.n)) {
		float g = a.grad.v[i] * a.clipping.v.factor;
		float m = a.beta1 * a.m.v[i] + a.rest1 * g;
		float v = a.beta2 * a.v.v[i] + a.rest2 * g * g;
		float param = a.param.v[i];
		a.m.v[i] = m;
		a.v.v[i] = v;
		a.param.v[i] = ADAMW_STEP(param, m, v);
	}
}
