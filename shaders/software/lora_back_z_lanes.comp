#version 460
// lora_back_z for software devices: lora_inner_lanes.glsl.
#include "common.glsl"
#include "op/lora_back_z.h"

ARGS(lora_back_z);

#define N_PROJ a.n_proj
#define N_INNER(projection) a.outputs[projection].n
#define FIRST(projection) a.outputs[projection].row
#define SCALE(projection) a.outputs[projection].scale
#define GRADIENT(t, n, projection) \
	a.dy.v[(t) * a.ldy + a.outputs[projection].column + (n)]
#include "lora_back_z.glsl"
#include "software/lora_inner_lanes.glsl"
