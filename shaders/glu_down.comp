#version 460
#include "common.glsl"
#include "op/glu.h"
#include "op/glu_down.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
ARGS(glu_down);

#include "reduce.glsl"

void make(uint t)
{
	for (uint k = gl_LocalInvocationID.x; k < a.dim; k += JK_GROUP)
		a.y.v[t * a.ldy + k] = a.up.v[t * a.ldx + k] *
		    activation(a.gate.v[t * a.ldx + k], a.kind).x;
}

#define INPUT(t, k) a.y.v[(t) * a.ldy + (k)]
#include "lora_down.glsl"
#include "lora_made.glsl"
