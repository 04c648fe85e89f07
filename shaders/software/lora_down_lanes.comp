#version 460
// lora_down for software devices: lora_inner_lanes.glsl.
#include "common.glsl"
#include "op/lora_down.h"

ARGS(lora_down);

#define INPUT(t, k) a.x.v[(t) * a.ldx + (k)]
#include "lora_down.glsl"
#include "software/lora_inner_lanes.glsl"
