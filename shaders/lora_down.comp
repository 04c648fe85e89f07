#version 460
#include "common.glsl"
#include "op/lora_down.h"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_down);

#include "reduce.glsl"

#define INPUT(t, k) a.x.v[(t) * a.ldx + (k)]
#include "lora_down.glsl"
#include "lora_inner.glsl"

void main()
{
	multiply(gl_WorkGroupID.x * ROWS, gl_WorkGroupID.y);
}
