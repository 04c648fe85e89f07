#version 460
#include "common.glsl"
#include "op/glu.h"
#include "op/glu_back_z.h"
#include "glu.glsl"

layout(local_size_x = JK_GROUP) in;
layout(constant_id = JK_CONST_AGAIN) const uint AGAIN = 0;
ARGS(glu_back_z);

#include "reduce.glsl"

void make(uint t)
{
	for (uint k = gl_LocalInvocationID.x; k < a.dim; k += JK_GROUP) {
		uint at = t * a.ldx + k;
		vec2 act = activation(a.gate.v[at], a.kind);
		float dy = a.dy.v[t * a.ldy + k], up = a.up.v[at];
		a.dgate.v[at] = dy * up * act.y;
		a.dgate.v[at + a.dim] = dy * act.x;
		if (AGAIN != 0)
			a.y.v[t * a.ldy + k] = up * act.x;
	}
}

#define N_PROJ 2
#define N_INNER(projection) a.dim
#define FIRST(projection) ((projection) * a.dim)
#define SCALE(projection) a.scale[projection]
#define GRADIENT(t, n, projection) \
	a.dgate.v[(t) * a.ldx + FIRST(projection) + (n)]
#include "lora_back_z.glsl"
#include "lora_made.glsl"
