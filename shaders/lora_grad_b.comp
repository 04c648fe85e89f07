#version 460
#include "common.glsl"
#include "op/lora_grad_b.h"

ARGS(lora_grad_b);

#define N_COLUMNS(projection) a.outputs[projection].n
#define N_RANKS a.rank

float left(uint t, uint n, uint projection)
{
	return a.dy.v[t * a.ldy + a.outputs[projection].column + n];
}

float right(uint t, uint rank)
{
	return a.z.v[t * a.n_proj * a.rank + rank];
}

void put(uint n, uint rank, float sum, uint projection)
{
	a.db.v[n * a.rank + rank + (a.outputs[projection].row - projection) *
	    a.rank] += a.outputs[projection].scale * sum;
}

#include "lora_outer.glsl"
