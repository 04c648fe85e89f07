#version 460
#include "common.glsl"
#include "op/rope_back_z.h"

layout(local_size_x = JK_GROUP) in;
ARGS(rope_back_z);

#include "reduce.glsl"
#include "rope.glsl"

void make(uint t)
{
	uint half_dim = a.rotary_dim / 2;
	for (uint n = gl_LocalInvocationID.x; n < a.n_heads * half_dim;
	    n += JK_GROUP) {
		uint i = n % half_dim;
		uint at = t * a.ldx + n / half_dim * a.head_dim + i;
		vec2 x = turned(vec2(a.x.v[at], a.x.v[at + half_dim]),
		    a.rows.v[t].position, i, true);
		a.x.v[at] = x.x;
		a.x.v[at + half_dim] = x.y;
	}
}

#define N_PROJ a.n_proj
#define N_INNER(projection) (a.first[projection + 1] - a.first[projection])
#define FIRST(projection) a.first[projection]
#define SCALE(projection) a.scale[projection]
#define GRADIENT(t, n, projection) a.x.v[(t) * a.ldx + FIRST(projection) + (n)]
#include "lora_back_z.glsl"
#include "lora_made.glsl"
