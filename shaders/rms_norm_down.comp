#version 460
#include "common.glsl"
#include "op/rms_norm_down.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rms_norm_down);

#include "rms_norm.glsl"

void make(uint t)
{
	rms_norm(t * a.ldx, t * a.ldy);
}

#define INPUT(t, k) a.y.v[(t) * a.ldy + (k)]
#include "lora_down.glsl"
#include "lora_made.glsl"
