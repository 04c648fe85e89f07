#version 460
#include "common.glsl"
#include "op/lora_back_z.h"

layout(local_size_x = JK_GROUP) in;
ARGS(lora_back_z);

#include "reduce.glsl"

#define N_PROJ a.n_proj
#define N_INNER(projection) a.outputs[projection].n
#define FIRST(projection) a.outputs[projection].row
#define SCALE(projection) a.outputs[projection].scale
#define GRADIENT(t, n, projection) \
	a.dy.v[(t) * a.ldy + a.outputs[projection].column + (n)]
#include "lora_back_z.glsl"
#include "lora_inner.glsl"

void main()
{
	multiply(gl_WorkGroupID.x * ROWS, gl_WorkGroupID.y);
}
