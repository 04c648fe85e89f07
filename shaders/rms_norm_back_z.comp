#version 460
#include "common.glsl"
#include "op/rms_norm_back_z.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rms_norm_back_z);

#include "rms_norm_back.glsl"

void make(uint t)
{
	rms_norm_back(t * a.ldx, t * a.ldy, t * a.ldd);
}

#define N_PROJ 1
#define N_INNER(projection) a.dim
#define FIRST(projection) 0
#define SCALE(projection) a.scale
#define GRADIENT(t, n, projection) a.dx.v[(t) * a.ldd + (n)]
#include "lora_back_z.glsl"
#include "lora_made.glsl"
